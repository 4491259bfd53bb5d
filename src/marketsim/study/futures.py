"""Futures: what nobody controls, drawn from the distributions of a study by addressed luck or set by a design.

A future is a point of the unit cube, one coordinate per uncertain key; quantile functions turn coordinates into values:
normal by inversion, uniform low + u (high - low), triangular by the two square roots, a list by position. Drawn numbers are
rounded to six digits, so that a future reads well and is the same number on every machine.
Source: Devroye (1986), Non-uniform random variate generation, II.2 (inversion).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist

from marketsim import units
from marketsim.rng import Luck
from marketsim.scenario import Scenario
from marketsim.scenario.tree import Node
from marketsim.scenario.variant import flow

DIGITS = 6
BASE = "base"
"""Name of the future in which everything is as the scenario says."""


@dataclass(frozen=True, kw_only=True)
class Future:
    """One state of what nobody controls: `values` are dotted keys and their YAML texts, in the order of the study."""

    name: str
    values: Mapping[str, str]


def keys(scenario: Scenario) -> tuple[str, ...]:
    """The uncertain keys of a study, in its order."""
    return tuple(_distributions(scenario))


def drawn(scenario: Scenario, count: int) -> tuple[Future, ...]:
    """`count` futures drawn independently; more futures leave the first as they were, and so do more keys.

    Without an uncertainty there is one future, the scenario's own.
    """
    if not _distributions(scenario):
        return (Future(name=BASE, values={}),)
    found = []
    for number in range(1, count + 1):
        luck = Luck(seed=scenario.seed, replication=number)
        point = [float(luck.uniform(f"uncertainty/{key}", 0, 1)[0]) for key in keys(scenario)]
        found.append(at(scenario, point, f"f{number:05d}"))
    return tuple(found)


def at(scenario: Scenario, point: Sequence[float], name: str) -> Future:
    """The future at a point of the unit cube; `point` has one coordinate in [0, 1] per uncertain key."""
    spreads = _distributions(scenario)
    return Future(name=name, values={key: _value(spread, u) for (key, spread), u in zip(spreads.items(), point, strict=True)})


def number(text: str) -> float:
    """A value of a future as a number in base units; its place in no order where it is none (NaN)."""
    try:
        return float(units.parse(str(json.loads(text))).value)
    except (units.UnitError, ValueError):
        return math.nan


def _distributions(scenario: Scenario) -> dict[str, dict[str, Node]]:
    block = scenario.tree.value.get("uncertainty")
    return {key: spread.value for key, spread in block.value.items()} if block else {}


def _value(spread: dict[str, Node], u: float) -> str:
    """The quantile `u` of a distribution as YAML text."""
    if "values" in spread:
        listed = spread["values"].value
        return flow(listed[min(int(u * len(listed)), len(listed) - 1)])
    read = {key: units.parse(node.text) for key, node in spread.items()}
    end = {key: float(quantity.value) for key, quantity in read.items()}
    if "mean" in end:
        drawn = end["mean"] + end["sd"] * NormalDist().inv_cdf(min(max(u, 1e-9), 1 - 1e-9))
    elif "mode" in end:
        drawn = _triangular(end["low"], end["mode"], end["high"], u)
    else:
        drawn = end["low"] + u * (end["high"] - end["low"])
    centre = read.get("mean") or read["low"]
    return _written(drawn, centre.dimension, [node.text for node in spread.values()])


def _triangular(low: float, mode: float, high: float, u: float) -> float:
    if high == low:
        return low
    if u * (high - low) < mode - low:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1 - u) * (high - low) * (high - mode))


def _written(value: float, dimension: str, ends: list[str]) -> str:
    """A drawn number as it would stand in a file; whole where the study wrote whole bare numbers or an amount counts base units."""
    exact = Fraction(value)
    counts = dimension == "" and all(text.strip().lstrip("+-").isdigit() for text in ends)
    if counts or dimension in units.SCALES["en"]:
        exact = Fraction(_digits(round(exact)) if not counts else round(exact))
    text = units.words(exact, dimension, digits=None if counts or dimension in units.SCALES["en"] else DIGITS)
    return json.dumps(text) if dimension else text


def _digits(value: int) -> int:
    """A whole number with all but its first six digits zero."""
    places = max(0, len(str(abs(value))) - DIGITS)
    return round(value, -places)
