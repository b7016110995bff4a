"""Run a notebook from top to bottom, with a progress bar: ``python notebooks/execute.py IN.ipynb OUT.ipynb``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from tqdm import tqdm


def execute(source: Path, target: Path, *, widget_state: bool = True) -> None:
    """Execute ``source`` in its own folder and write the executed copy to ``target``.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; it names the cell.
    """
    notebook = nbformat.read(source, as_version=4)
    cells = len(notebook.cells)
    with (
        TemporaryDirectory() as folder,
        tqdm(total=cells, desc=source.name, unit="cell", leave=False) as bar,
    ):
        # the kernel talks through files of this user, not through ports
        kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{folder}/kernel")
        resources = {"metadata": {"path": str(source.parent)}}
        client = NotebookClient(
            notebook, km=kernel, timeout=120, store_widget_state=widget_state, resources=resources
        )
        client.on_cell_complete = lambda **_: bar.update(1)
        client.execute()
        bar.update(cells - bar.n)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


if __name__ == "__main__":
    execute(Path(sys.argv[1]), Path(sys.argv[2]), widget_state=False)
