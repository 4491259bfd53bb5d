"""Caps of several regions with links between them: least-cost abatement, flows of permits and a price in every region.

Minimise Σ abatement cost + Σ (cost·flow + slope·flow²/2) subject, in every region, to abatement − sent + Σ ratio·received ≥ baseline − cap and
0 ≤ flow ≤ limit. Where a link is used inside its limit, ratio·price(to) = price(from) + cost + slope·flow.
Source: Burtraw et al. (2013), Linking by Degrees, RFF DP 13-04; generalised networks: Ahuja, Magnanti and Orlin (1993), ch. 15.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from marketsim.programs.highs import NoAnswer, Program, dense_columns
from marketsim.planner.merit import Piece
from marketsim.programs.quadratic import optimum


@dataclass(frozen=True, kw_only=True)
class Link:
    """One permit sent from region `start` lets `ratio` units be emitted in region `end`, at `cost` a permit sent and `slope` more for each after it."""

    start: int
    end: int
    ratio: Fraction
    cost: Fraction
    limit: Fraction | None = None
    slope: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Regions by `name`, with `baseline` and `cap` (regions,) and the `pieces` of abatement, each owned by a region's index."""

    name: tuple[str, ...]
    baseline: tuple[Fraction, ...]
    cap: tuple[Fraction, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Linked:
    """`price`, `price_low`, `price_high`, `emissions` (regions,), `flow` (links,), and the total cost."""

    price: np.ndarray
    price_low: np.ndarray
    price_high: np.ndarray
    emissions: np.ndarray
    flow: np.ndarray
    total_cost: float


def linked_caps(regions: Regions, links: Sequence[Link]) -> Linked:
    """Return the joint competitive outcome.

    Raises: ValueError naming a cycle of links whose ratios multiply to more than 1, or where no plan meets the caps.
    """
    _refuse_money_machine(links, regions.name)
    pieces, count = regions.pieces, len(regions.pieces)
    rows = np.zeros((len(regions.name), count + len(links)))
    for k, piece in enumerate(pieces):
        rows[piece.owner, k] = 1.0
    for k, link in enumerate(links, start=count):
        rows[link.start, k] -= 1.0
        rows[link.end, k] += float(link.ratio)
    limits = [np.inf if link.limit is None else float(link.limit) for link in links]
    program = Program(
        cost=np.array([float(p.start) for p in pieces] + [float(link.cost) for link in links]),
        low=np.zeros(count + len(links)), high=np.array([float(p.quantity) for p in pieces] + limits),
        row_low=np.array([float(b - cap) for b, cap in zip(regions.baseline, regions.cap, strict=True)]),
        row_high=np.full(len(regions.name), np.inf), matrix=dense_columns(rows),
        curvature=np.array([float(p.slope) for p in pieces] + [float(link.slope) for link in links]))
    try:
        best = optimum(program)
    except NoAnswer as error:
        raise ValueError("no abatement and no flow of permits meets the caps of all regions") from error
    saved = np.bincount([p.owner for p in pieces], weights=best.x[:count], minlength=len(regions.name))
    cost = float(program.cost @ best.x + program.curvature @ best.x**2 / 2)
    return Linked(price=best.price, price_low=best.price_low, price_high=best.price_high,
                  emissions=np.array(regions.baseline, dtype=float) - saved, flow=best.x[count:], total_cost=cost)


def _refuse_money_machine(links: Sequence[Link], names: Sequence[str]) -> None:
    """Refuse links with a cycle whose ratios multiply to more than 1: it would make permits from nothing."""
    cycle = gaining_cycle([link for link in links if link.limit is None or link.limit > 0], len(names))
    if cycle:
        product = prod(link.ratio for link in cycle)
        path = " → ".join(names[link.start] for link in [*cycle, cycle[0]])
        raise ValueError(f"the cycle {path} makes permits from nothing: its ratios multiply to {float(product):g}, expected at most 1")


def gaining_cycle(links: Sequence[Link], regions: int) -> list[Link] | None:
    """A cycle of links whose exact product of ratios exceeds 1, or None (Bellman and Ford on products)."""
    worth = [Fraction(1)] * regions
    by: list[Link | None] = [None] * regions
    changed: int | None = None
    for _ in range(regions + 1):
        changed = None
        for link in links:
            if worth[link.start] * link.ratio > worth[link.end]:
                worth[link.end] = worth[link.start] * link.ratio
                by[link.end] = link
                changed = link.end
        if changed is None:
            return None
    at = changed
    for _ in range(regions):  # walk back far enough to stand on the cycle itself
        at = by[at].start
    cycle, first = [], at
    while not cycle or at != first:
        cycle.append(by[at])
        at = by[at].start
    return cycle[::-1]
