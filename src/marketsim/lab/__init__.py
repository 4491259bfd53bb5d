"""One mechanism of the engine on one small JSON problem: for teaching, and to be checked against textbooks."""

import json
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module

from marketsim.errors import InputError
from marketsim.lab.reading import Reader, parse

KINDS = {
    "permits": "least-cost abatement under one cap, which is the competitive permit market",
    "banking": "the same over periods, with banking and limited borrowing",
    "linking": "regions with conversion ratios, limits and costs of the links",
    "power": "dispatch under an emission cap: carbon and power prices",
    "grid": "DC optimal power flow with nodal prices",
    "river": "water allocation with losses, return flows and minimum flows",
    "auction": "call auction with one price, or pay-as-bid",
    "book": "continuous book in price and time, event by event",
    "traders": "double auction of trader agents with induced values",
    "curves": "a day's supply and demand steps in files, coupled zones",
}
"""Every kind; `marketsim.lab.KIND.answer` solves its JSON problem, only `curves` reads files: `marketsim.lab.curves.run`."""


def run(kind: str, text: str, lines: bool = False) -> str:
    """Solve the problem in `text`, or one problem a line, and return the answer as JSON, one line for each problem.

    Raises: InputError naming the key that is wrong and what was expected there (and the line of `text` with `lines`).
    """
    return "\n".join(answers(kind, text, lines))


def answers(kind: str, text: str, lines: bool = False) -> Iterator[str]:
    """As `run`, but each answer as soon as it is there; a bad line ends it, after the answers before it."""
    if kind not in KINDS:
        raise InputError(f"lab: there is no kind {kind!r}; expected one of {', '.join(KINDS)}")
    if kind == "curves":
        raise InputError("lab curves reads files: marketsim lab curves --orders ORDERS.csv[.gz] [--fixed FIXED.csv] [--links LINKS.csv]")
    if not lines:
        yield solve(kind, text)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _solve_line(kind, number, line)


def solve(kind: str, text: str) -> str:
    """Solve one problem; as `run`, but with a kind that is known."""
    problem = Reader(parse(text, kind), kind)
    try:
        answer = import_module(f"marketsim.lab.{kind}").answer(problem)
    except (ValueError, RecursionError) as error:  # the mechanism's own refusal: no answer exists
        raise InputError(f"{kind}: {error}") from error
    return json.dumps(answer, default=_plain, allow_nan=False, ensure_ascii=False)


def _solve_line(kind: str, number: int, line: str) -> str:
    try:
        return solve(kind, line)
    except InputError as error:
        raise InputError(f"line {number}: {error}") from error


def _plain(value):
    """Exact fractions and array scalars as JSON numbers."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value.tolist()
