"""The data that ships with the package: found in a checkout and in an installed wheel alike."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def path(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as `path("configs", "regions", "tianjin")`.

    Raises FileNotFoundError when nothing of that name ships.
    """
    for root in (_PACKAGE, _CHECKOUT):  # a wheel carries the data inside the package, a checkout beside src/
        found = root.joinpath(*parts)
        if found.exists():
            return found
    raise FileNotFoundError(f"{'/'.join(parts)} is not among the files shipped with marketsim")
