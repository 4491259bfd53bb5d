"""What the verb doctor finds besides the packages marketsim cannot do without: extras, browser, fonts, compiled kernels, disk, console."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

EXTRAS = {"web": ("starlette", "uvicorn"), "study": ("SALib", "scikit-learn", "optuna", "openpyxl", "scipy"), "cluster": ("distributed",), "docs": ("sphinx", "myst-parser", "furo")}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LEAST_FREE_MB = 1000
SIGNS = "￥₂≥±✓▼中"
"""What reports and messages print and a narrow console cannot."""


def extras() -> dict[str, list[str]]:
    """Of each extra, the packages that are not installed."""
    return {name: [package for package in packages if not _installed(package)] for name, packages in EXTRAS.items()}


def surroundings() -> dict:
    """Browser and Chinese font for the tests and pictures of the page, compiled kernels, free disk, what the console cannot print; None where nothing is known."""
    return {
        "browser": next((found for name in BROWSERS if (found := shutil.which(name))), None), "chinese_font": _chinese_font(),
        "kernels": _kernels(), "free_mb": shutil.disk_usage(Path.cwd()).free // 2**20, "unprintable": _unprintable(sys.stdout.encoding),
    }  # fmt: skip


def _installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _chinese_font() -> str | None:
    """Name of a font with Chinese signs, by fontconfig."""
    tool = shutil.which("fc-list")
    if tool is None:
        return None
    try:
        told = subprocess.run([tool, ":lang=zh", "family"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return min((line.strip() for line in told.splitlines() if line.strip()), default=None)


def _kernels() -> dict:
    """Where compiled kernels are kept and how many are there; none means that the first use compiles for a minute."""
    from marketsim.matching.compiled import cache_folder

    folder = cache_folder()
    return {"folder": str(folder), "count": sum(1 for _ in folder.rglob("*.nbc")) if folder.is_dir() else 0}


def _unprintable(encoding: str | None) -> str:
    return "".join(sign for sign in SIGNS if sign.encode(encoding or "ascii", "ignore") == b"")
