"""A result in a notebook: the very page of the report inside the cell, with no request to anywhere."""

from html import escape
from pathlib import Path

from marketsim.report import study_page
from marketsim.report.html import build
from marketsim.study import opened, page, stored

TALL_PX = 640


def framed(html: str) -> str:
    """A whole page as the output of a cell, apart from the notebook around it."""
    return f'<iframe sandbox="allow-scripts allow-downloads" width="100%" height="{TALL_PX}" style="border:0" srcdoc="{escape(html, quote=True)}"></iframe>'


class Run(stored.Stored):
    """A stored run that a notebook shows as its report."""

    def _repr_html_(self) -> str:
        return framed(build(page.assemble(self.manifest, self.summary, self.series, self.journal), "en"))


class Study(opened.Study):
    """A stored study that a notebook shows as its report."""

    def _repr_html_(self) -> str:
        return framed(build(study_page.assemble(Path(self.folder)), "en"))


def load(path: str | Path) -> Run | Study:
    """Open a result folder. Raises InputError when it is not a finished one, or one of its files is missing or damaged."""
    found = opened.load(path) if opened.is_study(path) else stored.load(path)
    return (Study if isinstance(found, opened.Study) else Run)(folder=found.folder, manifest=found.manifest)
