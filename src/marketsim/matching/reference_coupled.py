"""Coupled books the obvious way: one list of orders; every order and every way is tried, the best pair is taken.

Rule: as in `coupled`: best net price, then the older order, then the shorter way; a call (`coupled_call`) tries every flow.

Source: Regulation (EU) 2015/1222, art. 51.
"""

from itertools import product

from marketsim.matching.coupled import Crossing, Quote, crossing_of, net_price, units
from marketsim.matching.face import BUY, SELL
from marketsim.matching.ways import Link, ways


class CoupledBooks:
    """The face of `coupled.CoupledBooks`, by brute force."""

    def __init__(self, regions: int, links: tuple[Link, ...] = ()) -> None:
        self.capacity = [link.capacity for link in links]
        self.trades: list[Crossing] = []
        self._ways = ways(regions, links)
        self._orders: list[Quote] = []
        self._next_oid = 0

    def submit(self, owner: int, region: int, side: int, tick: int, lots: int, rest: bool = True) -> int:
        """As `coupled.CoupledBooks.submit`."""
        taker = Quote(self._next_oid, owner, region, side, tick, lots)
        self._next_oid += 1
        while pairs := [pair for maker in self._orders for way in self._ways if (pair := self._meet(taker, maker, way))]:
            _, maker, way, room = min(pairs, key=lambda pair: pair[0])
            trade = crossing_of(taker, maker, way, room)
            self.trades.append(trade)
            for link, flow in zip(way.links, way.flows, strict=True):
                if self.capacity[link] is not None:
                    self.capacity[link] -= flow * room
            for order in (taker, maker):
                order.lots -= trade.sent if order.side == SELL else trade.delivered
            self._orders = [order for order in self._orders if order.lots]
        if taker.lots and rest:
            self._orders.append(taker)
        return taker.oid

    def _meet(self, taker: Quote, maker: Quote, way) -> tuple | None:
        """(rank, maker, way, units) if the two may trade across this way."""
        seller, buyer = (maker, taker) if maker.side == SELL else (taker, maker)
        if maker.side == taker.side or (way.origin, way.target) != (seller.region, buyer.region):
            return None
        net, room = net_price(maker, way), units(taker, maker, way, self.capacity)
        fits = net <= taker.tick if taker.side == BUY else net >= taker.tick
        rank = (net if taker.side == BUY else -net, maker.oid, len(way.links), way.links)
        return (rank, maker, way, room) if fits and room else None

    def cancel(self, oid: int) -> bool:
        """As `coupled.CoupledBooks.cancel`."""
        before = len(self._orders)
        self._orders = [order for order in self._orders if order.oid != oid]
        return len(self._orders) < before

    def resting(self, region: int, side: int) -> list[tuple[int, int, int, int]]:
        """As `coupled.CoupledBooks.resting`."""
        mine = [q for q in self._orders if q.region == region and q.side == side]
        mine.sort(key=lambda q: (q.tick if side == SELL else -q.tick, q.oid))
        return [(q.oid, q.owner, q.tick, q.lots) for q in mine]


def call(regions: int, links: tuple[Link, ...], orders: list[tuple[int, int, int, int]]) -> tuple[int, int]:
    """Greatest gains of a coupled call, and most lots bids meet then, over `orders` (region, side, tick, lots): every flow is tried."""
    most, outcomes = sum(lots for *_, lots in orders), [(0, 0)]
    most = max([most, *(most * way.flows[i] // way.sent for way in ways(regions, links) for i in range(len(way.links)))])
    steps = [(most if link.capacity is None else min(most, link.capacity)) // link.gain.denominator for link in links]
    for carried in product(*(range(top + 1) for top in steps)):
        imports, charge = [0] * regions, 0
        for link, step in zip(links, carried, strict=True):
            imports[link.target] += step * link.gain.numerator
            imports[link.origin] -= step * link.gain.denominator
            charge += link.cost * step * link.gain.denominator
        inside = [_inside(region, imports[region], orders) for region in range(regions)]
        if None not in inside:
            outcomes.append((sum(gains for gains, _ in inside) - charge, sum(met for _, met in inside)))
    return max(outcomes)


def _inside(region: int, imports: int, orders: list[tuple[int, int, int, int]]) -> tuple[int, int] | None:
    """Greatest gains inside a region that imports so many lots (the best accepted prices meet), and the lots bids meet."""
    limits = [[tick for r, s, tick, lots in orders if (r, s) == (region, side) for _ in range(lots)] for side in (BUY, SELL)]
    bids, asks = sorted(limits[0], reverse=True), sorted(limits[1])
    return max(((sum(bids[:met]) - sum(asks[:met - imports]), met) for met in range(len(bids) + 1) if 0 <= met - imports <= len(asks)), default=None)
