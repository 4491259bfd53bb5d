"""A day of published supply and demand steps, cleared by period in zones that are coupled by transfer limits.

A buyer's step is a step of supply that gives up its use, so each zone has one curve; the zones are cleared together at
least cost (most gain from trade). The prices at which supply meets demand are an interval; its middle is the price.
Source: price coupling of exchanges (most economic surplus, simple orders), as the daily curves of OMIE or EPEX are published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.errors import InputError, printable

PRICE_SCALE = 1000
"""Prices are decided in thousandths."""
LARGEST, MOST_DIGITS = 10**15, 40
"""A number counts fewer steps than this, so that 9,000 of them add up in int64."""


@dataclass(frozen=True, kw_only=True)
class ZoneResult:
    """One zone in one period: prices in thousandths, `price_sum` = low + high, quantities in the caller's unit; `imported` is positive
    into the zone, `bought` counts fixed demand."""  # fmt: skip

    period: str
    zone: str
    price_low: int
    price_high: int
    bought: Fraction
    sold: Fraction
    imported: Fraction

    @property
    def price(self) -> float:
        """Middle of the interval, in money."""
        return (self.price_low + self.price_high) / (2 * PRICE_SCALE)


@dataclass(frozen=True, kw_only=True)
class Rent:
    """What a link earned in a period: flow × price difference, in money."""

    period: str
    zone_from: str
    zone_to: str
    flow: Fraction
    rent: float


def clear_curves(orders: Iterable[Sequence[str]], fixed: Iterable[Sequence[str]] = (),
                 links: Iterable[Sequence[str]] = ()) -> tuple[list[ZoneResult], list[Rent]]:  # fmt: skip
    """Clear rows of text: orders (period, zone, side B or S, price, quantity), fixed (period, zone, quantity, + supply − demand), links
    (period, from, to, capacity). Periods and zones in order of first appearance. Raises InputError naming the bad row."""  # fmt: skip
    orders, fixed, links = [list(map(tuple, table)) for table in (orders, fixed, links)]
    periods = _names([row[0] for table in (orders, fixed) for row in table])
    zones = _names([row[1] for table in (orders, fixed) for row in table])
    tick = np.array([_number(row[3], PRICE_SCALE, f"orders row {n}") for n, row in enumerate(orders, 1)], np.int64)
    places = max((_places(text) for text in [row[4] for row in orders] + [row[2] for row in fixed] + [row[3] for row in links]), default=0)
    scale = 10**places
    size = np.array([_number(row[4], scale, f"orders row {n}") for n, row in enumerate(orders, 1)], np.int64)
    for n, row in enumerate(orders, 1):
        if row[2] not in ("B", "S") or size[n - 1] < 0:
            raise InputError(f"orders row {n}: expected side B or S and a quantity of 0 or more, found {row[2]} and {row[4]}")
    columns = _Columns(
        period=np.array([periods[row[0]] for row in orders], np.int64), zone=np.array([zones[row[1]] for row in orders], np.int64),
        buys=np.array([row[2] == "B" for row in orders], bool), tick=tick, size=size,
    )  # fmt: skip
    given = np.zeros((len(periods), len(zones), 2), np.int64)
    for n, row in enumerate(fixed, 1):
        amount = _number(row[2], scale, f"fixed row {n}")
        given[periods[row[0]], zones[row[1]], 0 if amount >= 0 else 1] += abs(amount)
    lines = _lines(links, periods, zones, scale)
    results, rents = [], []
    for name, period in periods.items():
        found = _clear_period(columns, period, given[period], lines[period])
        cleared, rent = _report(name, list(zones), found, lines[period], scale)
        results += cleared
        rents += rent
    return results, rents


@dataclass(frozen=True, kw_only=True)
class _Columns:
    period: np.ndarray
    zone: np.ndarray
    buys: np.ndarray
    tick: np.ndarray
    size: np.ndarray


def _clear_period(orders: _Columns, period: int, given: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, ...]:
    """Low and high price, bought and sold by zone (zones,), and flows (lines,), all int64."""
    from marketsim.markets.zonal_kernel import solve_hours

    lowest, highest = (int(orders.tick.min()), int(orders.tick.max())) if len(orders.tick) else (0, 0)
    rows = np.flatnonzero(orders.period == period)
    zones = np.arange(len(given))
    # fixed supply and demand are steps beyond every price: they give way only where nothing else can
    zone = np.concatenate([orders.zone[rows], zones, zones])
    tick = np.concatenate([orders.tick[rows], np.full(len(given), lowest - 1), np.full(len(given), highest + 1)])
    size = np.concatenate([orders.size[rows], given[:, 0], given[:, 1]])
    # half a tick apart a buyer comes before a seller at the same price, in its own zone and across links, so that most is traded
    tick = 2 * tick + np.concatenate([orders.buys[rows], np.repeat([False, True], len(given))])
    steps, group = np.unique(np.stack([zone, tick]), axis=1, return_inverse=True)
    sizes = np.zeros((1, steps.shape[1]), np.int64)
    np.add.at(sizes[0], group.ravel(), size)
    demand = given[:, 1].copy()
    buys = orders.buys[rows]
    np.add.at(demand, orders.zone[rows][buys], orders.size[rows][buys])
    start = np.searchsorted(steps[0], np.arange(len(given) + 1))
    flow = np.zeros((1, lines.shape[1]), np.int64)
    low, high = np.zeros((1, len(given)), np.int64), np.zeros((1, len(given)), np.int64)
    # a day of curves is cleared by the interpreter before a compiler would have been ready
    solve_hours((start, steps[1], sizes), demand[None], lines, (flow, low, high))
    low, high = low // 2, high // 2
    imported = np.zeros(len(given), np.int64)
    np.add.at(imported, lines[1], flow[0])
    np.subtract.at(imported, lines[0], flow[0])
    low, high = np.clip(low[0], lowest, highest), np.clip(high[0], lowest, highest)
    sold = _sold(orders, rows, given, (low, high), demand - imported)
    return low, high, sold + imported, sold, flow[0]


def _sold(orders: _Columns, rows: np.ndarray, given: np.ndarray, prices: tuple[np.ndarray, np.ndarray], made: np.ndarray) -> np.ndarray:
    """Supply that runs: fixed supply and sellers below the price; at the price buyers come first, so that most is traded."""
    low, high = prices
    sold = np.minimum(given[:, 0], made)
    zone, tick, size, buys = orders.zone[rows], orders.tick[rows], orders.size[rows], orders.buys[rows]
    price = np.where(low[zone] == high[zone], 2 * low[zone], low[zone] + high[zone])
    below, at = 2 * tick < price, 2 * tick == price
    filled = np.zeros(len(given), np.int64)
    np.add.at(filled, zone[below], size[below])
    margin = np.maximum(made - given[:, 0] - filled, 0)
    at_sell = np.zeros(len(given), np.int64)
    np.add.at(at_sell, zone[at & ~buys], size[at & ~buys])
    np.add.at(sold, zone[below & ~buys], size[below & ~buys])
    return sold + np.minimum(margin, at_sell)


def _report(period: str, zones: list[str], found: tuple[np.ndarray, ...], lines: np.ndarray,
            scale: int) -> tuple[list[ZoneResult], list[Rent]]:  # fmt: skip
    low, high, bought, sold, flow = found
    results = [
        ZoneResult(period=period, zone=name, price_low=int(low[z]), price_high=int(high[z]), bought=Fraction(int(bought[z]), scale),
                   sold=Fraction(int(sold[z]), scale), imported=Fraction(int(bought[z] - sold[z]), scale))
        for z, name in enumerate(zones)
    ]  # fmt: skip
    rents = []
    for n in np.flatnonzero(flow):
        a, b = int(lines[0, n]), int(lines[1, n])
        difference = results[b].price - results[a].price
        rents.append(Rent(period=period, zone_from=zones[a], zone_to=zones[b], flow=Fraction(int(flow[n]), scale),
                          rent=float(flow[n]) / scale * difference))  # fmt: skip
    return results, rents


def _lines(links: list[tuple[str, ...]], periods: dict[str, int], zones: dict[str, int], scale: int) -> list[np.ndarray]:
    """Link table of each period: (5, links) int64 from, to, forward and backward limit, fee 0; one link for both directions."""
    tables: list[dict[tuple[int, int], list[int]]] = [{} for _ in periods]
    for n, row in enumerate(links, 1):
        for name in row[1:3]:
            if name not in zones:
                raise InputError(f"links row {n}: no order names the zone {name}; there are {', '.join(zones)}")
        if row[0] not in periods:
            continue
        a, b, capacity = zones[row[1]], zones[row[2]], _number(row[3], scale, f"links row {n}")
        if a == b or capacity < 0:
            raise InputError(f"links row {n}: expected two zones and a capacity of 0 or more")
        tables[periods[row[0]]].setdefault((min(a, b), max(a, b)), [0, 0])[int(a > b)] += capacity
    return [np.array([[a, b, ahead, back, 0] for (a, b), (ahead, back) in table.items()], np.int64).reshape(-1, 5).T.copy() for table in tables]


def _names(texts: Iterable[str]) -> dict[str, int]:
    return {name: n for n, name in enumerate(dict.fromkeys(texts))}


def _places(text: str) -> int:
    return min(len(text.strip().partition(".")[2].rstrip("0")), MOST_DIGITS)  # who has more is refused as a number


def _number(text: str, scale: int, where: str) -> int:
    """The decimal `text` × scale, to the nearest integer, halves up. Raises InputError when it is not a plain decimal or beyond `LARGEST`."""
    whole, _, part = text.strip().partition(".")
    digits = whole.lstrip("+-")
    if not (digits + part).isascii() or not (digits + part).isdigit() or len(digits + part) > MOST_DIGITS:
        raise InputError(f"{where}: expected a decimal number, found {printable(text)!r}")
    value = Fraction(int(digits + part or 0) * scale, 10 ** len(part))
    if value >= LARGEST:
        raise InputError(f"{where}: {printable(text)} in steps of {Fraction(1, scale)} is too large to be counted exactly")
    return int(((-value if whole.startswith("-") else value) + Fraction(1, 2)).__floor__())
