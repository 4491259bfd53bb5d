"""Caps of several regions with links between them: least-cost abatement, flows of permits and a price in every region.

Minimise Σ abatement cost + Σ cost·flow subject, in every region, to abatement − sent + Σ ratio·received ≥ baseline − cap and
0 ≤ flow ≤ limit. Where a link is used inside its limit, ratio·price(to) = price(from) + cost.
Source: Burtraw et al. (2013), Linking by Degrees, RFF DP 13-04; generalised networks: Ahuja, Magnanti and Orlin (1993), ch. 15.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.planner.highs import Program, dense_columns
from marketsim.planner.merit import Piece
from marketsim.planner.quadratic import optimum


@dataclass(frozen=True, kw_only=True)
class Link:
    """One permit sent from region `start` lets `ratio` units be emitted in region `end`, at `cost` a permit sent."""

    start: int
    end: int
    ratio: Fraction
    cost: Fraction
    limit: Fraction | None = None


@dataclass(frozen=True, kw_only=True)
class Linked:
    """`price`, `price_low`, `price_high`, `emissions` (regions,), `flow` (links,), and the total cost."""

    price: np.ndarray
    price_low: np.ndarray
    price_high: np.ndarray
    emissions: np.ndarray
    flow: np.ndarray
    total_cost: float


def linked_caps(required: np.ndarray, baseline: np.ndarray, pieces: Sequence[Piece], links: Sequence[Link]) -> Linked:
    """Return the joint competitive outcome; `required` = baseline − cap and `baseline` are (regions,), a piece's owner is its region.

    Raises: ValueError naming a cycle of links whose ratios multiply to more than 1, or where no plan meets the caps.
    """
    refuse_money_machine(links, len(required))
    count = len(pieces)
    rows = np.zeros((len(required), count + len(links)))
    for k, piece in enumerate(pieces):
        rows[piece.owner, k] = 1.0
    for k, link in enumerate(links, start=count):
        rows[link.start, k] -= 1.0
        rows[link.end, k] += float(link.ratio)
    limits = [np.inf if link.limit is None else float(link.limit) for link in links]
    program = Program(
        cost=np.array([float(p.start) for p in pieces] + [float(link.cost) for link in links]),
        low=np.zeros(count + len(links)), high=np.array([float(p.quantity) for p in pieces] + limits),
        row_low=required, row_high=np.full(len(required), np.inf), matrix=dense_columns(rows),
        curvature=np.array([float(p.slope) for p in pieces] + [0.0] * len(links)))
    best = optimum(program)
    saved = np.bincount([p.owner for p in pieces], weights=best.x[:count], minlength=len(required))
    cost = float(program.cost @ best.x + program.curvature @ best.x**2 / 2)
    return Linked(price=best.price, price_low=best.price_low, price_high=best.price_high, emissions=baseline - saved,
                  flow=best.x[count:], total_cost=cost)


def refuse_money_machine(links: Sequence[Link], regions: int) -> None:
    """Refuse links with a cycle whose ratios multiply to more than 1: it would make permits from nothing.

    Raises: ValueError naming the regions of the cycle, by index, and the product.
    """
    cycle = gaining_cycle([link for link in links if link.limit is None or link.limit > 0], regions)
    if cycle:
        product = float(np.prod([float(link.ratio) for link in cycle]))
        path = " → ".join(str(link.start) for link in cycle) + f" → {cycle[0].start}"
        raise ValueError(f"the links {path} make permits from nothing: their ratios multiply to {product:g}, more than 1")


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
