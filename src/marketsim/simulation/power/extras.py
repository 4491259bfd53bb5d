"""What only some scenarios have of a year of power: outages, retailers, capacity payments, mechanism volume, the zones around."""

from datetime import date
from pathlib import Path

import numpy as np

from marketsim import resources
from marketsim.domain.fleet import Fleet, available, read_fleet
from marketsim.domain.hours import hourly_load
from marketsim.domain.ledger import Ledger
from marketsim.domain.presets import read_presets
from marketsim.errors import InputError
from marketsim.markets.outages import outages
from marketsim.markets.support import capacity_fen, mechanism_auction
from marketsim.scenario.schema_power import Power
from marketsim.simulation.power.year import MILLION, Around, Extras, PowerYear, tick_of
from marketsim.simulation.world import Setting

CAPACITY_RULE = date(2024, 1, 1)
LOWEST_BID = 0.6
"""Bids for mechanism volume are drawn evenly between this share of the cap and the cap: no bids were published."""


def extras_of(year: PowerYear, setting: Setting, ledger: Ledger, folder: Path) -> Extras:
    """Everything the scenario asks for. Raises InputError where it does not fit the grid."""
    power, fleet = setting.question.power, year.fleet
    _must_fit(power, year)
    expected = available(fleet, year.hours).sum(axis=1)
    around = _around(year, folder, setting.question.copies) if power.neighbours else None
    _worth_serving(fleet if around is None else around.fleet, year.grid.rule("unserved_value", setting.calendar.start))
    strike, covered = _mechanism(power.mechanism, year, setting, expected)
    names = ("spot-venue", "retailer", "storage", "storage-owner", "congestion-rent")
    return Extras(
        able_ppm=_able(power.outages, year, setting), retail=_retail(power.retail, year.planned_kwh), capacity_fen=_capacity(power.capacity_share, fleet),
        strike_tick=strike, covered_ppm=covered, expected_kwh=expected if power.green is not None else None,
        around=around, account={name: ledger.accounts.index(name) for name in names},
    )  # fmt: skip


def _must_fit(power: Power, year: PowerYear) -> None:
    """Refuse what does not go together, rather than leave a key without effect."""
    spot, by_hour = power.spot, power.time_of_use
    if by_hour is not None and (both := set(by_hour.peak) & set(by_hour.valley)):
        raise InputError(f"power.time_of_use: hour {min(both)} is both peak and valley")
    if by_hour is not None and (other := set(by_hour.critical) - set(by_hour.peak)):
        raise InputError(f"power.time_of_use.critical: hour {min(other)} is no hour of the peak")
    if power.plants is not None and power.plants.right in power.priced_rights:
        raise InputError(f"power.plants.right: {power.plants.right} is in power.priced_rights too, and a plant answers in one market only; take it out of one")
    own = year.grid.zones.index(power.zone)
    if power.from_outside and not ((year.fleet.rank == 1).any() and (own in year.grid.link_from or own in year.grid.link_to)):
        raise InputError("power.from_outside: the zone has no unit for supply from outside (rank 1 in technologies.csv) or no line of its own in links.csv")
    if spot is not None and tick_of(spot.floor) >= tick_of(spot.cap):
        raise InputError("power.spot.floor must lie below power.spot.cap")
    if spot is not None and power.dispatch == "committed":
        raise InputError("power.dispatch: with a spot market bids decide who runs; set power.dispatch to merit-order, or leave power.spot out")
    if power.neighbours and power.dispatch == "committed":
        raise InputError("power.dispatch: zones that are cleared together run by cost; set power.dispatch to merit-order, or power.neighbours to false")
    if power.neighbours and spot is not None and (spot.bidding != "marginal-cost" or spot.ahead or spot.blocks or spot.trigger is not None):
        raise InputError("power.spot: zones that are cleared together know bids at marginal cost in one market only; leave out bidding, ahead, blocks "
                         "and trigger, or set power.neighbours to false")  # fmt: skip
    if spot is not None and spot.ahead and spot.blocks:
        raise InputError("power.spot.blocks: blocks are cleared in one market only; leave out blocks, or power.spot.ahead")
    if power.reserve and power.dispatch != "committed":
        raise InputError("power.reserve: a reserve is kept where units are committed; set power.dispatch to committed")


def _worth_serving(fleet: Fleet, unserved_tick: int) -> None:
    """Refuse a unit as dear as unserved load: nobody could say whether it runs."""
    dearest = int(np.argmax(fleet.cost_tick))
    if fleet.cost_tick[dearest] >= unserved_tick:
        raise InputError(f"rules.csv: unserved_value ({unserved_tick / 10:g} CNY/MWh) must lie above what every unit costs; "
                         f"{fleet.key[dearest]} costs {fleet.cost_tick[dearest] / 10:g}")  # fmt: skip


def _able(wanted, year: PowerYear, setting: Setting) -> np.ndarray | None:
    """Share of its capacity each unit has in each row, outages taken off: (units, hours) int64 ppm; a typical row has its month's mean."""
    if wanted is None:
        return None
    by_cost, hours = year.fleet.rank == 2, year.hours
    length = int(hours.days.sum())
    able = np.ones((len(by_cost), length), bool)
    ups, downs = np.full(len(by_cost), wanted.up_hours), np.full(len(by_cost), wanted.down_hours)
    able[by_cost] = outages(length, ups, downs, setting.luck)[by_cost]
    if len(hours) == length:
        return able * MILLION
    first = np.cumsum([0, *(int(hours.days[hours.month == month].sum()) for month in range(12))])
    monthly = np.stack([able[:, first[m] : first[m + 1]].mean(axis=1) if first[m + 1] > first[m] else np.ones(len(able)) for m in range(12)], axis=1)
    return np.rint(monthly * MILLION).astype(np.int64)[:, hours.month]


def _retail(wanted, planned_kwh: np.ndarray) -> np.ndarray | None:
    """Which buyers a retailer serves: the smallest, up to the share of their number; (buyers,) bool."""
    if wanted is None:
        return None
    served = np.zeros(len(planned_kwh), bool)
    served[np.argsort(planned_kwh, kind="stable")[: int(wanted.share * len(planned_kwh))]] = True
    return served


def _capacity(share, fleet) -> np.ndarray | None:
    """Capacity payment of the year to units that run by cost and answer for deviations (coal), (units,) fen."""
    if not share:
        return None
    price = read_presets(resources.path("configs", "grid", "provinces.csv")).value("national", "capacity_price", CAPACITY_RULE)
    paid = (fleet.rank == 2) & (fleet.exempt == 0)
    return capacity_fen(np.where(paid, fleet.capacity_kw, 0), int(price), int(share * MILLION), np.full(len(fleet), MILLION))


def _mechanism(wanted, year: PowerYear, setting: Setting, expected: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Price and share of output under the mechanism of every unit, after the auction among units that must run."""
    if wanted is None:
        return None, None
    plants = np.flatnonzero((year.fleet.rank == 0) & (expected > 0))
    cap = tick_of(wanted.cap)
    u = setting.luck.uniform_of("mechanism bid", 0, plants)
    bid = np.rint(cap * (LOWEST_BID + (1 - LOWEST_BID) * u)).astype(np.int64)
    done = mechanism_auction(bid, expected[plants], int(wanted.volume.value), cap, int(wanted.adequacy * MILLION))
    strike, covered = np.zeros(len(expected), np.int64), np.zeros(len(expected), np.int64)
    strike[plants] = done.price_tick or 0
    covered[plants] = [int(award) * MILLION // int(made) for award, made in zip(done.award_kwh, expected[plants], strict=True)]
    return strike, covered


def _around(year: PowerYear, folder: Path, copies: int) -> Around:
    """Every zone of the grid with its load over the same hours. Raises InputError on a grid of one zone."""
    grid, fleet = year.grid, read_fleet(folder, rights=year.fleet.rights, coupled=True).times(copies)
    if len(grid.zones) < 2 or not len(grid.link_from):
        raise InputError("power.neighbours: the grid has one zone or no line; name a grid with links.csv, or leave the key out")
    load = [hourly_load(int(use), shape, year.hours) for use, shape in zip(grid.use_kwh, grid.shape, strict=True)]
    own = grid.zones.index(year.fleet.zones[int(year.fleet.zone[0])])
    place = {key: row for row, key in enumerate(fleet.key)}
    return Around(fleet=fleet, zone=np.array([grid.zones.index(fleet.zones[zone]) for zone in fleet.zone]), load_kwh=np.stack(load, axis=1), own=own,
                  rows=np.array([place[key] for key in year.fleet.key]))  # fmt: skip
