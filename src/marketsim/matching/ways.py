"""Ways between the books of several regions: links with exchange ratio, cost, loss and capacity, joined into paths.

One unit of a way sends `sent` lots and delivers `delivered` lots, whole numbers at every hop; `money` is what the links
charge for it (tick × lots). Units received per unit sent are `ratio` × (1 − loss), an exact fraction. A cycle of links
that gives back more than was sent would create rights from nothing and is refused.

Source: Regulation (EU) 2015/1222, art. 51 (continuous coupling: an order meets any area within free capacity); the test
on cycles is the no-arbitrage condition of generalised flow, Wayne (1999), Cornell.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm


@dataclass(frozen=True, kw_only=True)
class Link:
    """A direct link: one lot sent from region `origin` gives `ratio` × (1 − `loss`) lots in region `target`.

    `cost` ticks per lot sent; `capacity` lots that may be sent in all, None = unlimited.
    """

    origin: int
    target: int
    ratio: Fraction = Fraction(1)
    loss: Fraction = Fraction(0)
    cost: int = 0
    capacity: int | None = None

    @property
    def gain(self) -> Fraction:
        """Lots received per lot sent."""
        return self.ratio * (1 - self.loss)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A path of links (indices, in order; empty = inside one region): per unit, lots sent, delivered, `flows` entering each link."""

    origin: int
    target: int
    links: tuple[int, ...]
    sent: int
    delivered: int
    money: int
    flows: tuple[int, ...]


def ways(regions: int, links: tuple[Link, ...]) -> list[Way]:
    """All ways without a region twice, shorter first, then by regions and links.

    Raises ValueError naming a link out of bounds, or the cycle that would create rights.
    """
    for number, link in enumerate(links):
        if not (0 <= link.origin < regions and 0 <= link.target < regions and link.origin != link.target):
            raise ValueError(f"link {number} from {link.origin} to {link.target}: expected two of the regions 0 to {regions - 1}")
        if link.gain <= 0 or link.cost < 0 or (link.capacity or 0) < 0:
            raise ValueError(f"link {number}: ratio and 1 − loss must be positive, cost and capacity not negative")
    paths: list[tuple[int, ...]] = [()]
    found = [_way(region, region, (), links) for region in range(regions)]
    while paths := [path + (i,) for path in paths for i in range(len(links)) if _follows(path, i, links)]:
        for path in paths:
            _refuse_cycle(path, links)
        open_paths = [path for path in paths if links[path[-1]].target != links[path[0]].origin]
        found += [_way(links[path[0]].origin, links[path[-1]].target, path, links) for path in open_paths]
        paths = open_paths
    return sorted(found, key=lambda way: (len(way.links), way.origin, way.target, way.links))


def _follows(path: tuple[int, ...], new: int, links: tuple[Link, ...]) -> bool:
    """Whether a link continues a path without meeting a region again, but for coming home."""
    if not path:
        return True
    inner = {links[i].target for i in path}
    return links[new].origin == links[path[-1]].target and links[new].target not in inner


def _refuse_cycle(path: tuple[int, ...], links: tuple[Link, ...]) -> None:
    gain = Fraction(1)
    for i in path:
        gain *= links[i].gain
    if links[path[-1]].target == links[path[0]].origin and gain > 1:
        regions = " → ".join(str(links[i].origin) for i in path)
        raise ValueError(f"the cycle {regions} → {links[path[0]].origin} turns 1 lot into {float(gain):g}: ratios must not create rights")


def _way(origin: int, target: int, path: tuple[int, ...], links: tuple[Link, ...]) -> Way:
    amounts = [Fraction(1)]
    for i in path:
        amounts.append(amounts[-1] * links[i].gain)
    scale = lcm(*(amount.denominator for amount in amounts))
    whole = [int(amount * scale) for amount in amounts]
    money = sum(links[i].cost * lots for i, lots in zip(path, whole, strict=False))
    return Way(origin=origin, target=target, links=path, sent=whole[0], delivered=whole[-1], money=money, flows=tuple(whole[:-1]))
