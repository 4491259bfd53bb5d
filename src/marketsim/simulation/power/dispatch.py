"""The dispatch of a month: contracts and what must run, then by cost; with storage, commitment of units, other zones or a spot market.

Without a spot market contracted output must run; with one, contracts are settled as differences and only bids decide. Storage is planned
day by day on the prices that would hold without it. Other zones are cleared together with the city's, over lines with limits and losses.
"""

from dataclasses import replace

import numpy as np

from marketsim.agents.bidding import cost_with_rights
from marketsim.domain.fleet import Fleet, available, must_run
from marketsim.domain.grid import Grid
from marketsim.domain.orders import SELL
from marketsim.markets import contracts as deals
from marketsim.markets.merit_order import Offers, dispatch_merit_order
from marketsim.markets.ramped_dispatch import Limits, dispatch_with_ramps
from marketsim.markets.storage import Store, schedule
from marketsim.markets.zonal import Links, ZonalMarket, congestion_rent
from marketsim.markets.zonal import Offers as ZonalOffers
from marketsim.simulation.power.plants import plants_tick
from marketsim.simulation.power.year import MILLION, Made, PowerYear
from marketsim.simulation.world import World

HOURS_A_DAY = 24


def run_month(world: World, rows: np.ndarray, signed: deals.Contracts) -> Made:
    """Dispatch rows (hours,) of the year under the contracts of the month."""
    year, power = world.setting.power, world.setting.question.power
    load, offers, curve = year.load_kwh[rows], *month_offers(world, rows, signed)
    taken = given = None
    if power.storage is not None:
        before = _clear(world, rows, load, offers, curve, planning=True)
        taken, given = _stored(power.storage, before.price_tick, year.hours.days[rows], (_spare(year, rows, load, offers), load))
        load = load + taken - given
    made = _clear(world, rows, load, offers, curve, planning=False)
    return replace(made, taken_kwh=taken, given_kwh=given, offers=offers)


def month_offers(world: World, rows: np.ndarray, signed: deals.Contracts) -> tuple[Offers, np.ndarray]:
    """What units offer in the month's rows, and the curve of what they have under contract, (units, hours) kWh."""
    year = world.setting.power
    fleet, hours = year.fleet, year.hours
    can, must = available(fleet, hours, rows), must_run(fleet, hours, rows)
    if year.extras.able_ppm is not None:
        can = can * year.extras.able_ppm[:, rows] // MILLION
        must = np.minimum(must, can)
    curve = deals.contract_curve(deals.contracted(signed, SELL, len(fleet)), year.load_kwh, hours)[:, rows]
    if world.setting.question.power.spot is None:
        must = np.minimum(np.maximum(must, curve), can)
    return Offers(available_kwh=can, must_kwh=must, rank=fleet.rank, cost_tick=offer_tick(world, year.fleet)), curve


def offer_tick(world: World, fleet: Fleet) -> np.ndarray:
    """What each unit offers at: its variable cost and the share of the price of rights that is passed through, (units,) ticks."""
    power = world.setting.question.power
    priced = [right for right in world.setting.rights if right.key in power.priced_rights]
    fen = np.array([int(world.state.close_tick[right.index]) * right.instrument.tick_fen for right in priced], dtype=np.int64)
    lots = np.array([right.instrument.lot_base for right in priced], dtype=np.int64)
    turned = fleet.meter_per_gwh[[fleet.rights.index(right.key) for right in priced]]
    offered = cost_with_rights(fleet.cost_tick, fen, turned, lots, int(power.pass_through * MILLION))
    return offered if power.plants is None or not power.plants.in_offers else np.maximum(offered + plants_tick(power.plants, fleet), 0)


def _clear(world: World, rows: np.ndarray, load: np.ndarray, offers: Offers, curve: np.ndarray, *, planning: bool) -> Made:
    """One clearing of the month's load by the method of the scenario; the cheap one while storage is only being planned."""
    year, power = world.setting.power, world.setting.question.power
    unserved = year.grid.rule("unserved_value", world.today)
    if year.extras.around is not None:
        return _with_neighbours(world, rows, load, offers, unserved)
    if power.spot is not None and not planning:
        from marketsim.simulation.power.spot import clear_spot  # compiled: read only where there is a spot market

        return clear_spot(world, rows, load, offers, curve)
    if power.dispatch == "committed" and not planning:
        done, starts = dispatch_with_ramps(load, offers, _limits(year, rows, int(power.reserve * MILLION)), unserved)
        return Made(generation_kwh=done.generation_kwh, curtailed_kwh=done.curtailed_kwh, unserved_kwh=done.unserved_kwh,
                    price_tick=done.price_tick, start_fen=starts)  # fmt: skip
    done = dispatch_merit_order(load, offers, unserved)
    return Made(generation_kwh=done.generation_kwh, curtailed_kwh=done.curtailed_kwh, unserved_kwh=done.unserved_kwh, price_tick=done.price_tick)


def _limits(year: PowerYear, rows: np.ndarray, reserve_ppm: int) -> Limits:
    """Minimum output and ramps of the units by row (a row of a typical day stands for several hours), and what a start costs."""
    fleet, days = year.fleet, year.hours.days[rows]
    return Limits(minimum_kwh=(fleet.capacity_kw * fleet.minimum_ppm // MILLION)[:, None] * days, ramp_kwh=(fleet.capacity_kw * fleet.ramp_ppm // MILLION)[:, None] * days,
                  start_fen=fleet.capacity_kw * fleet.start_fen_per_mw // 1000, reserve_ppm=reserve_ppm, weight=days)  # fmt: skip


def _spare(year: PowerYear, rows: np.ndarray, load: np.ndarray, offers: Offers) -> np.ndarray:
    """What the units, and lines where other zones are cleared too, could bring beyond the load, (hours,) kWh."""
    lines = 0
    if year.extras.around is not None:
        grid, own = year.grid, year.extras.around.own
        lines = grid.link_kw[(grid.link_from == own) | (grid.link_to == own)].sum() * year.hours.days[rows]
    return np.maximum(offers.available_kwh.sum(axis=0) + lines - load, 0)


def _stored(wanted, price: np.ndarray, days: np.ndarray, most: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What storage takes and gives in each row, two (hours,) kWh, day by day, within `most` of each; each day begins empty."""
    taken, given = np.zeros(len(price), np.int64), np.zeros(len(price), np.int64)
    volume, keeps = int(wanted.volume.value), int(wanted.efficiency * MILLION)
    for first in range(0, len(price), HOURS_A_DAY):
        day = slice(first, first + HOURS_A_DAY)
        store = Store(power_kwh=volume * int(days[first]) // wanted.hours, volume_kwh=volume * int(days[first]), efficiency_ppm=keeps)
        taken[day], given[day] = schedule(price[day], store, most[0][day], most[1][day])
    return taken, given


def _with_neighbours(world: World, rows: np.ndarray, load: np.ndarray, offers: Offers, unserved: int) -> Made:
    """All zones together: what must run is offered for nothing, everything else at cost; the city's offers are those of the month."""
    year, around = world.setting.power, world.setting.power.extras.around
    fleet, hours = around.fleet, year.hours
    can, must = available(fleet, hours, rows), must_run(fleet, hours, rows)
    can[around.rows], must[around.rows] = offers.available_kwh, offers.must_kwh
    tick = np.where(fleet.rank == 1, 0, offer_tick(world, fleet))
    demand = around.load_kwh[rows].copy()
    demand[:, around.own] = load
    sizes = np.concatenate([must, can - must]).T
    market_offers = ZonalOffers(zone=np.concatenate([around.zone, around.zone]), tick=np.concatenate([0 * tick, tick]))
    parts, done_rows = [], []
    for days in np.unique(hours.days[rows]).tolist():  # a row of a typical day stands for several hours of every line
        same = np.flatnonzero(hours.days[rows] == days)
        links = _links(year.grid, days)
        market = ZonalMarket(market_offers, links, len(year.grid.zones), unserved)
        parts.append(_around_made(market.clear(sizes[same], demand[same]), links, around, must[:, same], np.asarray(year.grid.link_fee_tick)))
        done_rows.append(same)
    order = np.argsort(np.concatenate(done_rows))
    columns = ("generation_kwh", "curtailed_kwh", "unserved_kwh", "price_tick", "arrived_kwh", "sent_kwh", "zone_tick")
    joined = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1)[..., order] for name in columns}
    return Made(**joined, rent_fen=sum(part.rent_fen for part in parts), fee_fen=sum(part.fee_fen for part in parts))


def _links(grid: Grid, days: int) -> Links:
    return Links(zone_from=grid.link_from, zone_to=grid.link_to, forward_kwh=grid.link_kw * days, backward_kwh=grid.link_kw * days,
                 fee_tick=grid.link_fee_tick, loss_ppm=grid.link_loss_ppm)  # fmt: skip


def _around_made(done, links: Links, around, must: np.ndarray, fee_tick: np.ndarray) -> Made:
    """The city's part of a coupled clearing, with what its lines brought, took and earned."""
    units = len(around.zone)
    forced, free = done.award_kwh[:, :units].T, done.award_kwh[:, units:].T
    ours = around.rows
    ends = np.where(done.sent_kwh > 0, links.zone_to, links.zone_from), np.where(done.sent_kwh > 0, links.zone_from, links.zone_to)
    arrived = np.where(ends[0] == around.own, np.abs(done.arrived_kwh), 0).sum(axis=1)
    sent = np.where(ends[1] == around.own, np.abs(done.sent_kwh), 0).sum(axis=1)
    touching = (links.zone_from == around.own) | (links.zone_to == around.own)
    full = np.where(done.sent_kwh > 0, links.forward_kwh, links.backward_kwh) <= np.abs(done.sent_kwh)  # others earn nothing but rounding
    fees = int((np.abs(done.sent_kwh) * fee_tick)[:, touching].sum()) // 100
    tick = np.rint(done.price_tick).astype(np.int64)
    return Made(generation_kwh=(forced + free)[ours], curtailed_kwh=(must - forced)[ours], unserved_kwh=done.unserved_kwh[:, around.own],
                price_tick=tick[:, around.own], zone_tick=tick.T, arrived_kwh=arrived, sent_kwh=sent,
                rent_fen=int(np.where(full, congestion_rent(done, links), 0)[:, touching].sum() // 100), fee_fen=fees)  # fmt: skip
