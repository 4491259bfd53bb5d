"""The sentences shown to people, one catalogue a language, used by the command line and by the page alike."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All sentences of one language by key. Raises ValueError for a language there is no catalogue of."""
    if lang not in LANGUAGES:
        raise ValueError(f"no messages in {lang!r}; there are {', '.join(LANGUAGES)}")
    return json.loads((Path(__file__).parent / f"{lang}.json").read_text(encoding="utf-8"))


def say(key: str, values: Mapping[str, str], lang: str = "en") -> str:
    """The sentence `key` in `lang` with its places filled; control characters in the values are spelled out."""
    shown = {name: "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(v)) for name, v in values.items()}
    return catalogue(lang)[key].format_map(shown)
