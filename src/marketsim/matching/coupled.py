"""Coupled books: one instrument traded in several regions, an order meets the best net price of any region it may reach.

Net price of a resting sell at a for a buyer across a way: (a · sent + money) / delivered a lot; of a resting buy at p for
a seller: (p · delivered − money) / sent. Best net price first, then the older order, then the shorter way; a trade takes
whole units of the way (`ways`) and its capacity. The resting order's price holds: the incoming order gets what is left,
the links get `money`, and nothing is lost or made between them.

Source: Regulation (EU) 2015/1222, art. 51 (continuous coupling, shared order book and capacity).
"""

from bisect import insort
from dataclasses import dataclass
from fractions import Fraction

from marketsim.matching.face import BUY, SELL
from marketsim.matching.ways import Link, Way, ways


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A trade across (or inside) regions: lots sent by the seller and delivered to the buyer; money in tick × lots.

    paid = received + way_money.
    """

    buyer: int
    seller: int
    way: Way
    sent: int
    delivered: int
    paid: int
    received: int
    way_money: int


class Quote:
    """An order while it lives; ids grow with time."""

    __slots__ = ("lots", "oid", "owner", "region", "side", "tick")

    def __init__(self, oid: int, owner: int, region: int, side: int, tick: int, lots: int) -> None:
        self.oid, self.owner, self.region, self.side, self.tick, self.lots = oid, owner, region, side, tick, lots


def net_price(maker: Quote, way: Way) -> Fraction:
    """What one lot costs a buyer, or brings a seller, who meets `maker` across `way`."""
    if maker.side == SELL:
        return Fraction(maker.tick * way.sent + way.money, way.delivered)
    return Fraction(maker.tick * way.delivered - way.money, way.sent)


def units(taker: Quote, maker: Quote, way: Way, capacity: list[int | None]) -> int:
    """Whole units of the way that both orders and its free capacity allow."""
    seller, buyer = (maker, taker) if maker.side == SELL else (taker, maker)
    room = min(seller.lots // way.sent, buyer.lots // way.delivered)
    for link, flow in zip(way.links, way.flows, strict=True):
        if capacity[link] is not None:
            room = min(room, capacity[link] // flow)
    return room


class CoupledBooks:
    """Books of `regions` regions joined by `links`, traded continuously.

    `capacity` (links,) is what is left of each link, `trades` the log. Raises ValueError for links that cannot be.
    """

    def __init__(self, regions: int, links: tuple[Link, ...] = ()) -> None:
        self.links = links
        self.capacity = [link.capacity for link in links]
        self.trades: list[Crossing] = []
        self._orders: dict[int, Quote] = {}
        self._next_oid = 0
        self._queues: tuple[list, list] = ([[] for _ in range(regions)], [[] for _ in range(regions)])
        every = ways(regions, links)
        self._ways_to = [[way for way in every if way.target == region] for region in range(regions)]
        self._ways_from = [[way for way in every if way.origin == region] for region in range(regions)]

    def submit(self, owner: int, region: int, side: int, tick: int, lots: int, rest: bool = True) -> int:
        """Trade what crosses anywhere, then rest the remainder (`rest`) or drop it; returns the order's id.

        Raises ValueError when side, region or lots are out of bounds.
        """
        if side not in (BUY, SELL) or lots <= 0 or not 0 <= region < len(self._ways_to):
            raise ValueError(f"region {region}, side {side}, lots {lots}: expected a known region, side 0 or 1, positive lots")
        taker = Quote(self._next_oid, owner, region, side, tick, lots)
        self._next_oid += 1
        while taker.lots and (best := self._best(taker)):
            self._trade(taker, *best)
        if taker.lots and rest:
            self._orders[taker.oid] = taker
            insort(self._queues[side][region], taker, key=_priority)
        return taker.oid

    def cancel(self, oid: int) -> bool:
        """Withdraw a resting order; False if there is none of that id."""
        order = self._orders.pop(oid, None)
        if order is not None:
            self._queues[order.side][order.region].remove(order)
        return order is not None

    def resting(self, region: int, side: int) -> list[tuple[int, int, int, int]]:
        """Resting orders, best first: (id, owner, tick, lots)."""
        return [(q.oid, q.owner, q.tick, q.lots) for q in self._queues[side][region]]

    def _best(self, taker: Quote) -> tuple[Quote, Way, int] | None:
        """The maker, way and units this order meets next, None when nothing crosses."""
        best, best_rank = None, None
        for way in self._ways_to[taker.region] if taker.side == BUY else self._ways_from[taker.region]:
            region = way.origin if taker.side == BUY else way.target
            for maker in self._queues[1 - taker.side][region]:
                net = net_price(maker, way)
                if net > taker.tick if taker.side == BUY else net < taker.tick:
                    break  # the queue only gets worse
                rank = (net if taker.side == BUY else -net, maker.oid, len(way.links), way.links)
                if best_rank is not None and rank[0] > best_rank[0]:
                    break
                room = units(taker, maker, way, self.capacity)
                if room and (best_rank is None or rank < best_rank):
                    best, best_rank = (maker, way, room), rank
                if room:
                    break  # later orders of this queue are worse or younger
        return best

    def _trade(self, taker: Quote, maker: Quote, way: Way, room: int) -> None:
        crossing = crossing_of(taker, maker, way, room)
        self.trades.append(crossing)
        for link, flow in zip(way.links, way.flows, strict=True):
            if self.capacity[link] is not None:
                self.capacity[link] -= flow * room
        seller, buyer = (maker, taker) if maker.side == SELL else (taker, maker)
        seller.lots -= crossing.sent
        buyer.lots -= crossing.delivered
        if maker.lots == 0:
            self.cancel(maker.oid)


def crossing_of(taker: Quote, maker: Quote, way: Way, room: int) -> Crossing:
    """The trade of `room` units of a way at the resting order's price."""
    sent, delivered, money = way.sent * room, way.delivered * room, way.money * room
    if maker.side == SELL:
        received = maker.tick * sent
        paid = received + money
    else:
        paid = maker.tick * delivered
        received = paid - money
    buyer, seller = (maker.owner, taker.owner) if maker.side == BUY else (taker.owner, maker.owner)
    return Crossing(buyer=buyer, seller=seller, way=way, sent=sent, delivered=delivered, paid=paid, received=received, way_money=money)


def _priority(order: Quote) -> tuple[int, int]:
    return (-order.tick if order.side == BUY else order.tick, order.oid)
