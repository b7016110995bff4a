"""Sphinx: ``make docs``. Nothing on the built pages is asked for elsewhere, and a warning is an error."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import walkthroughs  # noqa: E402

import toolkit  # noqa: E402

project = "quorum-toolkit"
release = version = toolkit.__version__
copyright = ""
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
exclude_patterns = ["requirements.txt"]

# The walkthroughs are executed by walkthroughs.py, which keeps what widgets showed.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the default is another host's scripts
nb_merge_streams = True
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
suppress_warnings = ["myst.strikethrough"]

# Names of Python, from their docstrings. Types by their last name; a long signature has a line for each.
add_module_names = False
autodoc_member_order = "bysource"
autodoc_type_aliases = {
    "pd.DataFrame": "pandas.DataFrame"
}  # pandas is imported for type checkers alone
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Source", "notes")]
python_maximum_signature_line_length = 120
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = "quorum-toolkit"
html_static_path = ["still.css"]
html_css_files = ["still.css"]
html_show_copyright = html_show_sphinx = html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}


def execute_walkthroughs(app: Sphinx) -> None:
    """Before anything is read."""
    walkthroughs.write_all()


def in_short(app: Sphinx, what: str, *event: Any) -> tuple[str, str] | None:
    """A signature without what says nothing: how an error is made, arguments that a function passes
    to its form, where an answer is from, and how a default is made.
    """
    signature, returns = event[-2:]
    if signature is None:
        return None
    if what == "exception" or signature.startswith("(*arguments:"):
        return "", returns
    shorter = re.sub(r"received: [^,]*UNSET(, )?", "", signature)
    return re.sub(r"\s*=\s*<factory>", " = ...", shorter), returns


def whole_sentences(app: Sphinx, what: str, *event: Any) -> None:
    """Napoleon takes what stands before a colon in the first line of a property for its type: so
    the first line is one that is not seen.
    """
    lines = event[-1]
    if what in ("attribute", "property"):
        lines.insert(0, "\\")


def setup(app: Sphinx) -> None:
    """What ``make docs`` does beside Sphinx's own."""
    app.connect("builder-inited", execute_walkthroughs)
    app.connect("autodoc-process-signature", in_short)
    app.connect("autodoc-process-docstring", whole_sentences, priority=1)
