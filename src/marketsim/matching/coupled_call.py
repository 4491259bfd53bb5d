"""Coupled call auction: all regions clear at once, with the greatest gains from trade the links allow.

Maximise Σ bids met − Σ asks met − Σ link cost × flow over whole lots: a minimum-cost circulation, found by augmenting
along cheapest paths while they gain, then while they cost nothing (most volume). Any price of a region between what one
more lot would cost there and what one more lot would bring there supports the outcome; the middle is taken, rounded down,
which supports all regions together. That holds where links exchange lot for lot (`gain` 1); with other ratios or losses
links carry whole units, an integer program (`coupled_units`).

Source: Ahuja, Magnanti and Orlin (1993), Network Flows, ch. 9 (successive shortest paths); Murota (2003), Discrete
Convex Analysis, for the rounded middle.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.matching.coupled_units import Units, own_bounds
from marketsim.matching.face import BUY
from marketsim.matching.ways import Link, Way, ways

NEVER = 1 << 60


@dataclass(frozen=True, kw_only=True)
class RegionalBids:
    """Orders of a coupled call: columns of shape (orders,) int64, rows in order of time."""

    region: np.ndarray
    side: np.ndarray
    tick: np.ndarray
    lots: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CoupledCleared:
    """`ticks` and the interval `low` … `high` that supports them, per region; `fills` (orders,) and `flows` (links,) int64 lots.

    `flows` are the lots that leave; `gains` = tick × lots of bids met, less asks met, less what the links charge.
    """

    ticks: list[int]
    low: list[int]
    high: list[int]
    fills: np.ndarray
    flows: np.ndarray
    gains: int


class _Network:
    """Arcs in pairs: arc i and its reverse i ^ 1. Node 0 is where asks come from, the last one where bids go."""

    def __init__(self, nodes: int) -> None:
        self.nodes, self.heads, self.tails, self.costs, self.rooms = nodes, [], [], [], []

    def add(self, tail: int, head: int, cost: int, room: int) -> int:
        """Add an arc and its empty reverse; returns its number."""
        for t, h, c, r in ((tail, head, cost, room), (head, tail, -cost, 0)):
            self.tails.append(t)
            self.heads.append(h)
            self.costs.append(c)
            self.rooms.append(r)
        return len(self.heads) - 2

    def cheapest(self, starts: list[int]) -> tuple[list[int], list[int]]:
        """Bellman-Ford: least cost from any start to each node, and the arc by which it is reached (−1 none)."""
        cost, by = [NEVER] * self.nodes, [-1] * self.nodes
        for node in starts:
            cost[node] = 0
        changed = True
        while changed:
            changed = False
            for arc, room in enumerate(self.rooms):
                reach = cost[self.tails[arc]] + self.costs[arc]
                if room and cost[self.tails[arc]] < NEVER and reach < cost[self.heads[arc]]:
                    cost[self.heads[arc]], by[self.heads[arc]], changed = reach, arc, True
        return cost, by

    def augment(self) -> int | None:
        """Send what fits along the cheapest path; returns its gain, None when no path is worth it."""
        cost, by = self.cheapest([0])
        if cost[-1] > 0:
            return None
        path, node = [], self.nodes - 1
        while node != 0:
            path.append(by[node])
            node = self.tails[by[node]]
        lots = min(self.rooms[arc] for arc in path)
        for arc in path:
            self.rooms[arc] -= lots
            self.rooms[arc ^ 1] += lots
        return -cost[-1] * lots


def clear(regions: int, links: tuple[Link, ...], bids: RegionalBids) -> CoupledCleared:
    """Clear all regions at once; better-priced orders first, at the margin by time.

    Raises ValueError without orders, or for a link that `ways` refuses.
    """
    every = ways(regions, links)
    if len(bids.lots) == 0:
        raise ValueError("a coupled call needs at least one order")
    levels = _levels(bids)
    clear_levels = _lot_for_lot if all(link.gain == 1 for link in links) else _by_units
    met, flows, gains, (low, high) = clear_levels(regions, links, list(levels), every)
    fills = np.zeros(len(bids.lots), np.int64)
    for left, rows in zip(met, levels.values(), strict=True):
        for row in rows:
            fills[row] = min(left, int(bids.lots[row]))
            left -= fills[row]
    ticks = [(least + most) // 2 for least, most in zip(low, high, strict=True)]
    return CoupledCleared(ticks=ticks, low=low, high=high, fills=fills, flows=np.array(flows, np.int64), gains=gains)


def _levels(bids: RegionalBids) -> dict[tuple[int, int, int, int], list[int]]:
    """Price levels (region, side, tick, lots), each with its rows in order of time."""
    rows_at: dict[tuple[int, int, int], list[int]] = {}
    for row, key in enumerate(zip(bids.region.tolist(), bids.side.tolist(), bids.tick.tolist(), strict=True)):
        rows_at.setdefault(key, []).append(row)
    return {(*key, int(bids.lots[rows].sum())): rows for key, rows in rows_at.items()}


def _by_units(regions: int, links: tuple[Link, ...], levels: list, every: list[Way]) -> tuple:
    """Lots met of each level, lots sent over each link, gains, and the bounds of the prices, by whole units of the links."""
    met, flows, gains = Units(regions, links, levels, every).solve()
    return met, flows, gains, own_bounds(regions, levels, met)


def _lot_for_lot(regions: int, links: tuple[Link, ...], levels: list, _: list[Way]) -> tuple:
    """The same where every lot sent arrives, by cheapest paths."""
    network, everything = _Network(regions + 2), sum(lots for *_, lots in levels)
    orders = []
    for region, side, tick, lots in levels:
        ends = (region + 1, network.nodes - 1, -tick) if side == BUY else (0, region + 1, tick)
        orders.append(network.add(*ends, lots))
    arcs = [network.add(link.origin + 1, link.target + 1, link.cost, everything if link.capacity is None else link.capacity)
            for link in links]
    gains = 0
    while (gain := network.augment()) is not None:
        gains += gain
    ticks = [tick for _, _, tick, _ in levels]
    met, flows = ([network.rooms[arc ^ 1] for arc in some] for some in (orders, arcs))
    return met, flows, gains, _price_bounds(network, regions, (min(ticks), max(ticks)))


def _price_bounds(network: _Network, regions: int, limits: tuple[int, int]) -> tuple[list[int], list[int]]:
    """What one more lot would bring (low) and cost (high) in each region, from the arcs that still have room.

    Open ends are cut at the lowest and highest `limits` of all orders, as if somebody dealt there.
    """
    for node in range(1, regions + 1):
        network.add(node, network.nodes - 1, -limits[0], 1)
        network.add(0, node, limits[1], 1)
    ends = [0, network.nodes - 1]
    high = network.cheapest(ends)[0]
    network.tails, network.heads = network.heads, network.tails  # costs to the market instead of from it
    low = network.cheapest(ends)[0]
    return [-cost for cost in low[1:-1]], high[1:-1]
