"""How the pages are built: `sphinx-build` reads it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from gate import __version__

project = "loggate"
author = "the loggate developers"
copyright = "the loggate developers, Apache-2.0"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "reference"]
exclude_patterns = ["_ext"]
nitpicky = True
smartquotes = False  # `--option` is no dash
default_role = "code"  # as docstrings mean it
myst_heading_anchors = 4
nitpick_ignore_regex = [
    ("py:class", r"pathlib\..*"),  # what Python documents
    ("py:class", r"Step|Frame|Reply|Message"),  # names of several types
    ("py:class", r"fixlib\.(logfile\.Position|tail\.Seen)"),  # fixlib's own: what a checkpoint holds
]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

html_theme = "furo"
html_title = "loggate"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_show_search_summary = False
html_copy_source = False
