"""Did you mean: the one word of a list that a mistyped word most likely stood for."""

import difflib
from collections.abc import Iterable


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice nearest to `word` in spelling (case, hyphens, underscores do not count), or None where none is near."""
    plain = {_plain(choice): choice for choice in choices}
    near = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else None


def containing(word: str, choices: Iterable[str]) -> str | None:
    """The shortest choice that contains `word` or is contained in it, or None."""
    wanted = _plain(word)
    found = [one for one in choices if _long(wanted) and wanted in _plain(one) or _long(_plain(one)) and _plain(one) in wanted]
    return min(found, key=len) if found else None


def _long(word: str) -> bool:
    """Long enough to be recognised inside another: three letters, or two Chinese characters."""
    return len(word) >= 3 or len(word) == 2 and not word.isascii()


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")
