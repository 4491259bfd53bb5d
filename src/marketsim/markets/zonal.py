"""Hourly coupling of zones with transfer limits, losses and fees: least cost, one price interval a zone, congestion rent.

Minimise Σ price · quantity over the steps of all zones so that made + arrived − sent = demand in every zone and every flow is within
its limits. The result does not depend on a starting point: equal steps in a zone share in proportion to what they offered, and so do equal
steps of zones between which more could flow. A zone's price is the middle of the interval of all prices that support the result.
Source: zonal market coupling by available transfer capacity; see `zonal_kernel` for the method.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.sharing import share_out
from marketsim.markets.linear import Bounds, Solver, canonical_point, price_intervals

MILLION = 1_000_000
TRIFLE = 1e-4
"""Ticks: what a free step costs where links lose energy, so that wasting it is never as good as not."""


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


def couple_zones(offers: Offers, size_kwh: np.ndarray, demand_kwh: np.ndarray, links: Links, unserved_tick: int) -> Coupled:
    """Clear hours of `demand_kwh` (hours, zones) with `size_kwh` (hours, steps) or (1, steps); int64, not negative.

    Raises ValueError on a negative quantity, on an offer as dear as unserved load, or on a negative price where links lose energy
    (it would pay to burn it).
    """
    hours, zones = demand_kwh.shape
    if (size_kwh < 0).any() or (demand_kwh < 0).any():
        raise ValueError("sizes and demand may not be negative")
    lossy = bool(links.loss_ppm.any())
    if lossy and (offers.tick < 0).any():
        raise ValueError("with losses between zones every price must be zero or more")
    size_kwh = np.broadcast_to(size_kwh, (hours, len(offers.tick)))
    group, start, tick = _steps(offers, zones, unserved_tick)
    sizes = np.zeros((hours, len(tick)), np.int64)
    np.add.at(sizes.T, group, size_kwh.T)
    sizes[:, start[1:] - 1] += demand_kwh  # each zone's last step is load that is not served
    solve = _solve_lossy if lossy else _solve_exact
    flow, low, high, cost = solve((start, tick, sizes), demand_kwh, links)
    sent = np.rint(flow).astype(np.int64)
    arrived = np.sign(sent) * (np.abs(sent) * (MILLION - links.loss_ppm) // MILLION)
    filled = _fill(_balance(demand_kwh, sent, arrived, links), sizes, start)
    award, unserved = _awards(filled, sizes, group, start, size_kwh)
    if cost is None:
        cost = (filled * tick).sum(axis=1) + (np.abs(sent) * links.fee_tick).sum(axis=1)
    return Coupled(award_kwh=award, unserved_kwh=unserved, sent_kwh=sent, arrived_kwh=arrived, price_tick=(low + high) / 2,
                   low_tick=low, high_tick=high, cost=cost.astype(float))  # fmt: skip


Curves = tuple[np.ndarray, np.ndarray, np.ndarray]
"""First step of each zone (zones + 1,), tick of each step (steps,), size of each step by hour (hours, steps)."""


def _solve_exact(curves: Curves, demand_kwh: np.ndarray, links: Links) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
    """Flows and price bounds in integers, by the kernel; the cost follows from them."""
    from marketsim.markets.zonal_kernel import FAR, compiled_hours

    start, tick, sizes = curves
    table = np.stack([links.zone_from, links.zone_to, links.forward_kwh, links.backward_kwh, links.fee_tick]).astype(np.int64)
    flow = np.zeros((len(demand_kwh), table.shape[1]), np.int64)
    low, high = np.zeros(demand_kwh.shape, np.int64), np.zeros(demand_kwh.shape, np.int64)
    compiled_hours((start, tick, sizes), demand_kwh, table, (flow, low, high))
    return flow, np.where(low <= -FAR, high, low), np.where(high >= FAR, low, high), None


def _solve_lossy(curves: Curves, demand_kwh: np.ndarray, links: Links) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Flows, price bounds and cost through HiGHS, started warm from the hour before and made canonical."""
    start, tick, sizes = curves
    (hours, zones), count, steps = demand_kwh.shape, len(links.fee_tick), len(tick)
    rows = np.zeros((zones, steps + 2 * count))
    rows[np.repeat(np.arange(zones), np.diff(start)), np.arange(steps)] = 1.0
    kept, line = 1.0 - links.loss_ppm / MILLION, np.arange(count)
    for first, a, b in ((steps, links.zone_from, links.zone_to), (steps + count, links.zone_to, links.zone_from)):
        rows[a, first + line], rows[b, first + line] = -1.0, kept
    cost = np.r_[tick, links.fee_tick, links.fee_tick].astype(float)
    cost[:steps][cost[:steps] == 0] = TRIFLE
    solver = Solver(rows, cost, np.zeros(len(cost)))
    limits = np.r_[links.forward_kwh, links.backward_kwh].astype(float)
    flow, low, high = np.zeros((hours, count)), np.zeros((hours, zones)), np.zeros((hours, zones))
    total = np.zeros(hours)
    for hour in range(hours):
        need = demand_kwh[hour].astype(float)
        bounds = Bounds(row_low=need, row_high=need, low=np.zeros(len(cost)), high=np.r_[sizes[hour], limits])
        x = canonical_point(solver, bounds, solver.solve(bounds))
        ends = price_intervals(solver, bounds, x, np.eye(zones))
        low[hour], high[hour] = np.where(np.isinf(ends[0]), ends[1], ends[0]), np.where(np.isinf(ends[1]), ends[0], ends[1])
        flow[hour], total[hour] = x[steps : steps + count] - x[steps + count :], cost @ x
    return flow, np.where(np.abs(low) < 1.0, 0.0, low), np.where(np.abs(high) < 1.0, 0.0, high), total


def congestion_rent(done: Coupled, links: Links) -> np.ndarray:
    """What the links earn by carrying from cheap to dear, in ticks × kWh, losses and fees taken off: (hours, links) float64."""
    here, there = done.price_tick[:, links.zone_from], done.price_tick[:, links.zone_to]
    ahead = done.sent_kwh > 0
    earned = np.where(ahead, done.arrived_kwh * there - done.sent_kwh * here, done.arrived_kwh * here * -1.0 + done.sent_kwh * there)
    return earned - np.abs(done.sent_kwh) * links.fee_tick


def _steps(offers: Offers, zones: int, unserved_tick: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Step of each offer once equal (zone, tick) are one, first step of each zone, tick of each step; unserved load is last."""
    if (offers.tick >= unserved_tick).any():
        raise ValueError("an offer may not be as dear as unserved load")
    zone = np.concatenate([offers.zone, np.arange(zones)])
    tick = np.concatenate([offers.tick, np.full(zones, unserved_tick)])
    steps, group = np.unique(np.stack([zone, tick]), axis=1, return_inverse=True)
    return group.ravel()[: len(offers.tick)], np.searchsorted(steps[0], np.arange(zones + 1)), steps[1]


def _balance(demand_kwh: np.ndarray, sent: np.ndarray, arrived: np.ndarray, links: Links) -> np.ndarray:
    """What each zone makes so that every kWh is accounted for: demand + sent − arrived."""
    made = demand_kwh.copy()
    ahead = sent > 0
    np.add.at(made.T, links.zone_from, np.where(ahead, sent, arrived).T)
    np.subtract.at(made.T, links.zone_to, np.where(ahead, arrived, sent).T)
    return made


def _fill(made_kwh: np.ndarray, sizes: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Fill each zone's steps from the cheapest up to what it makes: (hours, steps) int64."""
    total = np.cumsum(sizes, axis=1)
    before = total - sizes
    zone = np.repeat(np.arange(len(start) - 1), np.diff(start))
    offset = before[:, start[:-1]]
    return np.clip(made_kwh[:, zone] - (before - offset[:, zone]), 0, sizes)


def _awards(filled: np.ndarray, sizes: np.ndarray, group: np.ndarray, start: np.ndarray,
            size_kwh: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Awards to each offer, equal ones sharing by size, and unserved load by zone."""
    award = np.where(filled[:, group] == sizes[:, group].astype(np.int64), size_kwh, 0)
    award = np.where(np.bincount(group, minlength=sizes.shape[1])[group] == 1, filled[:, group], award)
    partly = (filled > 0) & (filled < sizes)
    many = np.flatnonzero(np.bincount(group, minlength=sizes.shape[1]) > 1)
    for step in many:
        hours = np.flatnonzero(partly[:, step])
        rows = np.flatnonzero(group == step)
        award[np.ix_(hours, rows)] = share_out(filled[hours, step], size_kwh[np.ix_(hours, rows)].T).T
    return award, filled[:, start[1:] - 1]
