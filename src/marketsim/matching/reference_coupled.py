"""Coupled books the obvious way: one list of orders; every order and every way is tried, the best pair is taken.

Rule: as in `coupled`: best net price, then the older order, then the shorter way.

Source: Regulation (EU) 2015/1222, art. 51.
"""

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
