// A browser's Python under Node: `node pyodide.mjs REPOSITORY PACKAGES SCRIPT`; the script's print goes to stdout.
import fs from "node:fs";
import { loadPyodide } from "pyodide";

const [repository, packages, script] = process.argv.slice(2);
const python = await loadPyodide({ env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" } });
python.mountNodeFS("/repository", repository);
python.mountNodeFS("/packages", packages);
python.runPython("import sys; sys.path[:0] = ['/repository', '/packages']");
try {
  await python.runPythonAsync(fs.readFileSync(script, "utf8"));
} catch (error) {
  console.error(error.message); // Python's traceback, without the lines of Pyodide itself
  process.exit(1);
}
