"""Hourly coupling of zones with transfer limits, losses and fees: least cost, one price interval a zone, congestion rent.

Minimise Σ price · quantity over the steps of all zones so that made + arrived − sent = demand in every zone and every flow is within
its limits. The result does not depend on a starting point: equal steps in a zone share in proportion to what they offered, and so do equal
steps of zones between which more could flow. A zone's price is the middle of the interval of all prices that support the result; no price is
above the value of unserved load, for one kWh more of it would not be served either.
Source: zonal market coupling by available transfer capacity; see `zonal_kernel` for the method.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.sharing import share_out
from marketsim.markets.linear import Bounds, Solver, canonical_point, price_intervals

MILLION = 1_000_000
TRIFLE = 1e-3
"""Ticks: what a free step counts as where links lose energy, so that wasting it is never as good as not; prices do not see it."""


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Steps in any order, (steps,): `zone` index, `tick` price; sizes come by the hour. Losses need ticks of zero or more."""

    zone: np.ndarray
    tick: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Links:
    """Links between zones, (links,): `zone_from`, `zone_to`, `forward_kwh`, `backward_kwh` an hour, `fee_tick`, `loss_ppm`; int64."""

    zone_from: np.ndarray
    zone_to: np.ndarray
    forward_kwh: np.ndarray
    backward_kwh: np.ndarray
    fee_tick: np.ndarray
    loss_ppm: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Coupled:
    """Results by hour: `award_kwh` (hours, steps), `unserved_kwh` (hours, zones), `sent_kwh` and `arrived_kwh` (hours, links; negative
    against the link's direction), all int64; `price_tick`, `low_tick`, `high_tick` (hours, zones) float64, exact halves without losses;
    `cost` (hours,) float64 in ticks × kWh before rounding to kWh.
    """

    award_kwh: np.ndarray
    unserved_kwh: np.ndarray
    sent_kwh: np.ndarray
    arrived_kwh: np.ndarray
    price_tick: np.ndarray
    low_tick: np.ndarray
    high_tick: np.ndarray
    cost: np.ndarray


class ZonalMarket:
    """Zones, links and the prices of offers, cleared hour after hour; only sizes and demand change."""

    def __init__(self, offers: Offers, links: Links, zones: int, unserved_tick: int):
        """Raises ValueError on an offer as dear as unserved load, or on a negative price where links lose energy (it would pay to burn it)."""
        if (offers.tick >= unserved_tick).any():
            raise ValueError("an offer may not be as dear as unserved load")
        self.links, self.lossy, self.most = links, bool(links.loss_ppm.any()), unserved_tick
        if self.lossy and (offers.tick < 0).any():
            raise ValueError("with losses between zones every price must be zero or more")
        # offers of equal zone and tick are one step; each zone's last step is load that is not served
        zone, tick = np.concatenate([offers.zone, np.arange(zones)]), np.concatenate([offers.tick, np.full(zones, unserved_tick)])
        steps, group = np.unique(np.stack([zone, tick]), axis=1, return_inverse=True)
        self.group, self.tick = group.ravel()[: len(offers.tick)], steps[1].copy()
        self.start = np.searchsorted(steps[0], np.arange(zones + 1))
        self.unserved = self.start[1:] - 1
        self._order = np.argsort(self.group, kind="stable")
        self._filled_steps, self._first = np.unique(self.group[self._order], return_index=True)
        self._shared = np.bincount(self.group, minlength=len(self.tick)) > 1
        self._zone = np.repeat(np.arange(zones), np.diff(self.start))
        self._table = np.stack([links.zone_from, links.zone_to, links.forward_kwh, links.backward_kwh, links.fee_tick]).astype(np.int64)
        if self.lossy:
            self._guide = np.where(self.tick == 0, TRIFLE, self.tick).astype(float)
            ends, kept = np.stack([links.zone_from, links.zone_to]).astype(np.int64), 1.0 - links.loss_ppm / MILLION
            terms = np.stack([np.r_[links.forward_kwh, links.backward_kwh], np.r_[links.fee_tick, links.fee_tick], np.r_[kept, kept]])
            self._arcs = np.hstack([ends, ends[::-1]]), terms.astype(float)
            self._programs = self._linear()

    def clear(self, size_kwh: np.ndarray, demand_kwh: np.ndarray) -> Coupled:
        """Clear hours of `demand_kwh` (hours, zones) with `size_kwh` (hours, offers) or (1, offers); int64. Raises ValueError on a negative one."""
        hours = len(demand_kwh)
        if size_kwh.min(initial=0) < 0 or demand_kwh.min(initial=0) < 0:
            raise ValueError("sizes and demand may not be negative")
        size_kwh = np.broadcast_to(size_kwh, (hours, len(self.group)))
        sizes = np.zeros((hours, len(self.tick)), np.int64)
        if len(self.group):
            sizes[:, self._filled_steps] = np.add.reduceat(size_kwh[:, self._order], self._first, axis=1)
        sizes[:, self.unserved] += demand_kwh
        flow, low, high, cost = (self._lossy_hours if self.lossy else self._exact_hours)(sizes, demand_kwh)
        sent = flow if flow.dtype == np.int64 else np.rint(flow).astype(np.int64)
        arrived = np.sign(sent) * (np.abs(sent) * (MILLION - self.links.loss_ppm) // MILLION) if self.lossy else sent
        filled = self._fill(_balance(demand_kwh, sent, arrived, self.links), sizes)
        if cost is None:
            cost = (filled * self.tick).sum(axis=1) + (np.abs(sent) * self.links.fee_tick).sum(axis=1)
        return Coupled(award_kwh=self._awards(filled, sizes, size_kwh), unserved_kwh=filled[:, self.unserved], sent_kwh=sent, arrived_kwh=arrived,
                       price_tick=(low + high) / 2, low_tick=low, high_tick=high, cost=cost.astype(float))  # fmt: skip

    def _exact_hours(self, sizes: np.ndarray, demand_kwh: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
        """Flows and price bounds in integers, by the kernel; the cost follows from them."""
        from marketsim.markets.zonal_kernel import FAR, compiled_hours

        flow = np.zeros((len(demand_kwh), self._table.shape[1]), np.int64)
        low, high = np.zeros(demand_kwh.shape, np.int64), np.zeros(demand_kwh.shape, np.int64)
        compiled_hours((self.start, self.tick, sizes), np.ascontiguousarray(demand_kwh), self._table, (flow, low, high))
        high = np.minimum(high, self.most)
        return flow, np.where(low <= -FAR, high, low), high, None

    def _linear(self) -> tuple[Solver, Solver]:
        """The zones' balances as rows; steps, then flows ahead, then flows back, as columns; with the cost that guides and the true one."""
        zones, steps = len(self.start) - 1, len(self.tick)
        rows, (ends, (_, fee, kept)) = np.zeros((zones, steps + self._arcs[0].shape[1])), self._arcs
        rows[self._zone, np.arange(steps)] = 1.0
        arc = steps + np.arange(ends.shape[1])
        rows[ends[0], arc], rows[ends[1], arc] = -1.0, kept
        return tuple(Solver(rows, np.r_[cost, fee], np.zeros(rows.shape[1])) for cost in (self._guide, self.tick))

    def _lossy_hours(self, sizes: np.ndarray, demand_kwh: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Flows, price bounds and cost by the kernel; where other plans or prices are as good, made canonical."""
        from marketsim.markets.lossy_kernel import lossy_hours

        hours, count, (guided, true) = len(demand_kwh), len(self.links.fee_tick), self._programs
        size, demand = sizes.astype(float), demand_kwh.astype(float)
        made, flow = np.zeros(size.shape), np.zeros((hours, 2 * count))
        low, clear = np.zeros(demand.shape), np.zeros(hours, bool)
        lossy_hours((self.start, self._guide, size, self.tick.astype(float)), demand, self._arcs, (made, flow, low, clear))
        high = low.copy()
        for hour in np.flatnonzero(~clear):
            bounds = Bounds(row_low=demand[hour], row_high=demand[hour], low=np.zeros(len(true.cost)),
                            high=np.r_[size[hour], self._arcs[1][0]])  # fmt: skip
            found = np.r_[made[hour], flow[hour]], low[hour].copy()
            if np.isinf(found[1]).any():  # the kernel gave up: a fresh solver, so that no hour before it matters
                found = self._linear()[0].solve(bounds)
            x = canonical_point(guided, bounds, found)
            ends = price_intervals(true, bounds, x, np.eye(demand.shape[1]))
            high[hour] = np.minimum(ends[1], self.most)
            low[hour] = np.where(np.isinf(ends[0]), high[hour], ends[0])
            made[hour], flow[hour] = np.split(x, [size.shape[1]])
        return flow[:, :count] - flow[:, count:], low, high, made @ self.tick + flow @ self._arcs[1][1]

    def _fill(self, made_kwh: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Fill each zone's steps from the cheapest up to what it makes: (hours, steps) int64."""
        before = np.cumsum(sizes, axis=1) - sizes
        ahead = before - before[:, self.start[:-1]][:, self._zone]
        return np.minimum(np.maximum(made_kwh[:, self._zone] - ahead, 0), sizes)

    def _awards(self, filled: np.ndarray, sizes: np.ndarray, size_kwh: np.ndarray) -> np.ndarray:
        """Award of each offer, equal ones sharing by size: (hours, offers) int64."""
        award = np.where(self._shared[self.group], np.where((filled == sizes)[:, self.group], size_kwh, 0), filled[:, self.group])
        partly = self._shared & (filled > 0) & (filled < sizes)
        for step in np.flatnonzero(partly.any(axis=0)):
            hours, rows = np.flatnonzero(partly[:, step]), np.flatnonzero(self.group == step)
            award[np.ix_(hours, rows)] = share_out(filled[hours, step], size_kwh[np.ix_(hours, rows)].T).T
        return award


def couple_zones(offers: Offers, size_kwh: np.ndarray, demand_kwh: np.ndarray, links: Links, unserved_tick: int) -> Coupled:
    """Clear hours in one go; see `ZonalMarket`."""
    return ZonalMarket(offers, links, demand_kwh.shape[1], unserved_tick).clear(size_kwh, demand_kwh)


def congestion_rent(done: Coupled, links: Links) -> np.ndarray:
    """What the links earn by carrying from cheap to dear, in ticks × kWh, losses and fees taken off: (hours, links) float64."""
    here, there = done.price_tick[:, links.zone_from], done.price_tick[:, links.zone_to]
    ahead = done.sent_kwh > 0
    earned = np.where(ahead, done.arrived_kwh * there - done.sent_kwh * here, done.arrived_kwh * here * -1.0 + done.sent_kwh * there)
    return earned - np.abs(done.sent_kwh) * links.fee_tick


def _balance(demand_kwh: np.ndarray, sent: np.ndarray, arrived: np.ndarray, links: Links) -> np.ndarray:
    """What each zone makes so that every kWh is accounted for: demand + sent − arrived."""
    made = demand_kwh.copy()
    ahead = sent > 0
    np.add.at(made.T, links.zone_from, np.where(ahead, sent, arrived).T)
    np.subtract.at(made.T, links.zone_to, np.where(ahead, arrived, sent).T)
    return made
