"""Sphinx: ``make docs``. Nothing on the built pages is asked for elsewhere, and a warning is an error."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import walkthroughs  # noqa: E402

import toolkit  # noqa: E402

project = "quorum-toolkit"
release = version = toolkit.__version__
copyright = ""
extensions = ["myst_nb"]
root_doc = "index"
exclude_patterns = ["requirements.txt"]

# The walkthroughs are executed by walkthroughs.py, which keeps what widgets showed.
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the default is another host's scripts
nb_merge_streams = True
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
suppress_warnings = ["myst.strikethrough"]

html_theme = "furo"
html_title = "quorum-toolkit"
html_static_path = ["still.css"]
html_css_files = ["still.css"]
html_show_copyright = html_show_sphinx = html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}


def execute_walkthroughs(app: Sphinx) -> None:
    """Before anything is read."""
    walkthroughs.write_all()


def setup(app: Sphinx) -> None:
    """What ``make docs`` does beside Sphinx's own."""
    app.connect("builder-inited", execute_walkthroughs)
