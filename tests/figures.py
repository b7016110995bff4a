"""The house in figures: counted, not felt. ``python -m tests.figures`` prints them.

Counted the same way each time, so that they can be compared over time: modules and what they import, how much a line
says, conditionals, complexity, how much is documented, and how much of private parts the tests touch.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
WIDTH = 100  # columns
COMPLEX = 10  # cyclomatic complexity, as radon counts it
_SILENT = (
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
)


def modules() -> list[Path]:
    """Every file of the package."""
    return sorted((ROOT / "toolkit").rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """A file as Python reads it."""
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    """A file's name as it is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path: Path, names: set[str]) -> set[str]:
    """The modules of ours that a file imports when it is loaded; what is imported on use does not count."""
    imported: set[str] = set()
    for node in tree_of(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    return (imported & names) - {name_of(path)}


def floors(arrows: dict[str, set[str]]) -> int:
    """How many floors the rooms stand on: a room stands above everything that it imports."""
    height: dict[str, int] = {}

    def floor(name: str) -> int:
        if name not in height:
            height[name] = 0
            height[name] = 1 + max((floor(below) for below in arrows[name]), default=0)
        return height[name]

    return max(map(floor, arrows))


def rooms(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same for what lies beside one another in ``toolkit/``: files and packages."""

    def room(name: str) -> str:
        return ".".join(name.split(".")[:2])

    between: dict[str, set[str]] = {room(name): set() for name in arrows}
    for name, below in arrows.items():
        between[room(name)] |= {room(each) for each in below} - {room(name)}
    between.pop("toolkit", None)
    return {name: below - {"toolkit"} for name, below in between.items()}


def tokens_in(path: Path) -> int:
    """Tokens that mean something."""
    reading = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return sum(token.type not in _SILENT for token in reading)


def code_lines(path: Path) -> int:
    """Lines with code on them: no blank ones, comments or docstrings."""
    doc = {
        number
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node) is not None
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    lines = path.read_text().splitlines()
    return sum(
        bool(line.strip()) and not line.strip().startswith("#") and number not in doc
        for number, line in enumerate(lines, 1)
    )


def complex_functions() -> Iterator[tuple[str, int]]:
    """Functions and methods above ``COMPLEX``, most complex first."""
    # here, because the rest counts without radon
    from radon.complexity import cc_visit

    counted = [
        (f"{name_of(path)}.{block.fullname}", block.complexity)
        for path in modules()
        for block in cc_visit(path.read_text())
        if block.letter in "FM"
    ]
    yield from sorted((each for each in counted if each[1] > COMPLEX), key=lambda each: -each[1])


def conditionals(path: Path) -> list[ast.IfExp]:
    """Conditional expressions."""
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.IfExp)]


def nested_conditionals() -> list[str]:
    """Conditional expressions inside one another, as ``file:line``."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in conditionals(path)
        if any(isinstance(part, ast.IfExp) for part in (node.test, node.body, node.orelse))
    ]


def clever_texts() -> list[str]:
    """A text times a truth, a text cut by a truth, a conditional that is called: as ``file:line``."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(tree_of(path))
        if _is_clever(node)
    ]


def _is_clever(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = (node.left, node.right)
        texts = any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in sides)
        truths = any(_is_truth(side) for side in sides)
        return texts and truths
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return node.slice.upper is not None and isinstance(node.slice.upper, ast.Compare)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.IfExp)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_truth(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in (
            "bool",
            "any",
            "all",
            "isinstance",
        )
    negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return negated or isinstance(node, ast.Compare | ast.BoolOp)


def private_touches() -> list[str]:
    """Where tests touch a private attribute of something that is not theirs, as ``file:line name``."""
    touches = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(tree_of(path)):
            # ``_repr_html_`` and its kin are IPython's protocol; ``os._exit`` is documented, and so is
            # ``_replace`` of a named tuple
            ours = isinstance(node, ast.Attribute) and re.fullmatch(r"_[a-z]\w*[^\W_]", node.attr)
            own = (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in ("self", "cls", "os", "sys")
            )
            if ours and not own and node.attr != "_replace":
                touches.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}")
    return touches


def public_names() -> Iterator[tuple[str, bool]]:
    """Every public class, function and method, and whether it says what it is.

    What stands inside a function has no public name. The methods of a private class are public where a public class is
    made of it.
    """
    for path in modules():
        bases = {
            base.id
            for node in tree_of(path).body
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            if isinstance(base, ast.Name)
        }
        yield from _public_in(tree_of(path), name_of(path), bases)


def _public_in(node: ast.AST, name: str, bases: set[str]) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            public = not child.name.startswith("_")
            inner = f"{name}.{child.name}"
            if public:
                yield inner, ast.get_docstring(child) is not None
            if isinstance(child, ast.ClassDef) and (public or child.name in bases):
                yield from _public_in(child, inner, bases)
        elif isinstance(child, ast.If | ast.Try):
            yield from _public_in(child, name, bases)


def undocumented() -> list[str]:
    """Public names that do not say what they are."""
    return [name for name, says in public_names() if not says]


def figures() -> dict[str, str]:
    """Each figure by its name."""
    files = modules()
    names = {name_of(path) for path in files}
    arrows = {name_of(path): imports_of(path, names) for path in files}
    beside = rooms(arrows)
    lines = [line for path in files for line in path.read_text().splitlines()]
    code = sum(map(code_lines, files))
    sizes = [len(path.read_text().splitlines()) for path in files if path.name != "__init__.py"]
    expressions = sum(len(conditionals(path)) for path in files)
    too_complex = list(complex_functions())
    whole = len(list(public_names()))
    return {
        "rooms beside one another in toolkit/": str(len(beside)),
        "floors": str(floors(beside)),
        "arrows between rooms": str(sum(map(len, beside.values()))),
        "modules": str(len(files)),
        "floors of modules": str(floors(arrows)),
        "arrows between modules": str(sum(map(len, arrows.values()))),
        "median and longest module": f"{statistics.median(sizes):.0f} / {max(sizes)}",
        "lines": str(len(lines)),
        "tokens a line of code": f"{sum(map(tokens_in, files)) / code:.1f}",
        f"lines over {WIDTH} columns": f"{100 * sum(len(line) > WIDTH for line in lines) / len(lines):.1f} %",
        "conditional expressions a thousand lines of code": f"{1000 * expressions / code:.0f}",
        "conditionals inside one another": str(len(nested_conditionals())),
        "clever arithmetic with texts": str(len(clever_texts())),
        f"functions with a complexity above {COMPLEX}": str(len(too_complex)),
        "documented public names": f"{whole - len(undocumented())} of {whole}",
        "private parts that tests touch": str(len(private_touches())),
    }


def main() -> None:
    """Print them."""
    for name, value in figures().items():
        print(f"{name:<52} {value}")
    for name, complexity in complex_functions():
        print(f"  {complexity:>3}  {name}")


if __name__ == "__main__":
    main()
