"""Sentences of the report in both languages at once, as (Chinese, English), and as HTML of which the page shows one."""

from collections.abc import Mapping, Sequence
from html import escape

from marketsim.messages import say

Pair = tuple[str, str]
"""The same text in Chinese and in English."""


def tell(key: str, values: Mapping[str, Pair] | None = None) -> Pair:
    """The catalogues' sentence `report.KEY` with each place filled in its own language. Raises KeyError for an unknown key."""
    zh, en = ({name: both[at] for name, both in (values or {}).items()} for at in (0, 1))
    return say(f"report.{key}", zh, "zh"), say(f"report.{key}", en, "en")


def listed(texts: Sequence[Pair], comma: str = "，") -> Pair:
    """Several texts as one list; Chinese separates names by 、 and clauses by ，."""
    return comma.join(zh for zh, _ in texts), ", ".join(en for _, en in texts)


def quoted(text: Pair) -> Pair:
    """A name in quotation marks: names of options may hold commas."""
    return f"“{text[0]}”", f"“{text[1]}”"


def beside(left: Pair, right: Pair) -> Pair:
    """Two texts side by side."""
    return f"{left[0]} {right[0]}", f"{left[1]} {right[1]}"


def pair(named: Mapping) -> Pair:
    """The names of a record that carries `zh` and `en`."""
    return named["zh"], named["en"]


def both(texts: Pair) -> str:
    """HTML of a text in both languages, of which the page shows one; markup in the texts is escaped."""
    return f'<span lang="zh">{escape(texts[0])}</span><span lang="en">{escape(texts[1])}</span>'


def word(key: str) -> str:
    """HTML of a sentence without places."""
    return both(tell(key))
