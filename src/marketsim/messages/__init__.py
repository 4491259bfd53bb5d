"""The sentences shown to people, one catalogue a language, used by the command line and by the page alike."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
Values = Mapping[str, str | Mapping[str, str]]
"""What fills the places of a sentence; a mapping holds one text a language."""


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All sentences of one language by key. Raises ValueError for a language there is no catalogue of."""
    if lang not in LANGUAGES:
        raise ValueError(f"no messages in {lang!r}; there are {', '.join(LANGUAGES)}")
    return json.loads((Path(__file__).parent / f"{lang}.json").read_text(encoding="utf-8"))


def both(key: str) -> dict[str, str]:
    """The sentence `key` in every language: a value that `say` shows in the reader's."""
    return {lang: catalogue(lang)[key] for lang in LANGUAGES}


def say(key: str, values: Values, lang: str = "en") -> str:
    """The sentence `key` in `lang` with its places filled; control characters in the values are spelled out."""
    shown = {}
    for name, value in values.items():
        text = str(value[lang] if isinstance(value, Mapping) else value)
        shown[name] = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return catalogue(lang)[key].format_map(shown)
