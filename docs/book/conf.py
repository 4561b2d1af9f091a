"""The configuration of the course as a web page, for Sphinx: `make book` builds it from the frozen notebooks."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # for tools.book

project = "Who's Ready?"
author = "The authors of Who's Ready?"
extensions = ["myst_nb"]
nb_execution_mode = "off"
myst_heading_anchors = 3
myst_heading_slug_func = "tools.book.slug"
html_theme = "sphinx_book_theme"
html_title = project
html_theme_options = {"show_navbar_depth": 1, "home_page_in_toc": True, "use_download_button": False}
if repository := os.environ.get("GITHUB_REPOSITORY"):  # the workflow that publishes the page runs in a repository
    html_theme_options |= {
        "repository_url": f"https://github.com/{repository}",
        "repository_branch": "HEAD",
        "use_repository_button": True,
        "launch_buttons": {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"},
    }
html_favicon = "static/favicon.svg"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
