"""How the documentation site is built: Sphinx reads the Markdown pages of this folder; `make docs` treats a warning as an error."""

import sys
from pathlib import Path

from marketsim import __version__ as release

sys.path.insert(0, str(Path(__file__).parent))
import from_code  # noqa: E402  # a page that is made on every build cannot fall behind the code

from_code.write(Path(__file__).parent / "made")

project, author, copyright = "marketsim", "the marketsim authors", "the marketsim authors"
extensions = ["myst_parser"]
root_doc = "index"
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "README.md"]
html_theme = "furo"
html_title = f"marketsim {release}"
html_show_sourcelink = html_copy_source = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "toc.multiple_toc_parents"]  # the last list of the index holds every page, also those listed above
templates_path: list[str] = []
