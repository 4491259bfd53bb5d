"""Did you mean: the one word of a list that a mistyped word most likely stood for."""

import difflib
from collections.abc import Iterable


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice nearest to `word` (case, hyphens and underscores do not count), or None where none is near."""
    plain = {_plain(choice): choice for choice in choices}
    wanted = _plain(word)
    near = difflib.get_close_matches(wanted, plain, n=1, cutoff=0.6)
    if near:
        return plain[near[0]]
    inside = [choice for bare, choice in plain.items() if len(wanted) >= 3 and (wanted in bare or len(bare) >= 3 and bare in wanted)]
    return min(inside, key=len) if inside else None


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")
