"""What is kept of every month of power for the report: kWh, money by reason and by party, prices by hour, measures of market power.

Figures stand in `State.power`: (12,) int64 by month, (firms,) by firm, and `price` (zones, hours) in ticks.
"""

import numpy as np

from marketsim.domain.orders import SELL
from marketsim.markets import contracts as deals
from marketsim.markets import deviation, indicators
from marketsim.markets.merit_order import dispatch_merit_order
from marketsim.simulation.power.contracts import over_lines
from marketsim.simulation.power.money import Month
from marketsim.simulation.power.support import green_pairs, handed_over, sold_alone
from marketsim.simulation.power.year import MILLION
from marketsim.simulation.world import World

PARTIES = ("users", "small", "units", "grid", "pool", "others")


def record(world: World, month: Month, number: int, rows: np.ndarray, paid: deviation.Payments) -> None:
    """Keep the figures of month `number` (0–11) and its readings."""
    state, made = world.state, month.made
    unserved = int(made.unserved_kwh.sum())
    for name, kwh in (("generation", int(month.generation.sum())), ("unserved", unserved), ("metered", int(month.use.sum())), ("small", month.small)):
        state.readings.append((f"power {name}", str(number), 0, kwh))
    state.generation[:, number] = month.generation
    figures = {"curtailed": int(made.curtailed_kwh.sum()), **_physical(world, month), **_prices(world, month, rows), **_money(world, paid), **_power_of_market(world, month, rows)}
    for name, value in figures.items():
        state.power.setdefault(name, np.zeros(12, np.int64))[number] = value
    _by_firm(world, month, number, paid)
    zones = made.price_tick[None] if made.zone_tick is None else made.zone_tick
    state.power.setdefault("price", np.zeros((len(zones), len(world.setting.power.hours)), np.int64))[:, rows] = zones


def _physical(world: World, month: Month) -> dict[str, int]:
    made, found = month.made, {"lost": int(over_lines(world, month.signed)[1].sum())}
    if made.arrived_kwh is not None:
        found |= {"arrived": int(made.arrived_kwh.sum()), "sent": int(made.sent_kwh.sum()), "rent": made.rent_fen, "line_fees": made.fee_fen}
    if made.taken_kwh is not None:
        found |= {"stored": int(made.taken_kwh.sum()), "released": int(made.given_kwh.sum())}
    if made.start_fen is not None:
        found["starts"] = int(made.start_fen.sum())
    return found


def _prices(world: World, month: Month, rows: np.ndarray) -> dict[str, int]:
    """The month's prices weighted by load, as sums: ticks × MWh and MWh; what was sold at the spot beyond contracts."""
    made, year = month.made, world.setting.power
    load = year.load_kwh[rows] // deals.KWH_PER_LOT
    found = {"price_mwh": int(load.sum()), "price_sum": int((load * made.price_tick).sum())}
    if world.setting.question.power.spot is not None:
        contracted = deals.contract_curve(deals.contracted(month.signed, SELL, len(year.fleet)), year.load_kwh, year.hours)[:, rows].sum(axis=0)
        found["spot_volume"] = int(np.maximum(made.generation_kwh.sum(axis=0) - contracted, 0).sum())
    return found


def _money(world: World, paid: deviation.Payments) -> dict[str, int]:
    """Money moved for each reason, and what each party received less what it paid."""
    year, accounts = world.setting.power, world.ledger.accounts
    moved = indicators.by_reason(paid.reason, paid.fen, len(deviation.REASONS))
    net = deviation.balance(paid, len(accounts))
    party = np.full(len(accounts), PARTIES.index("others"))
    party[: len(world.setting.firms.id)] = PARTIES.index("users")
    for name, rows in (("small", year.small_account), ("units", year.unit_account), ("grid", year.grid_account), ("pool", year.pool_account)):
        party[rows] = PARTIES.index(name)
    found = {f"moved.{reason}": int(fen) for reason, fen in zip(deviation.REASONS, moved, strict=True)}
    return found | {f"net.{name}": int(net[party == row].sum()) for row, name in enumerate(PARTIES)}


def _power_of_market(world: World, month: Month, rows: np.ndarray) -> dict[str, int]:
    """Hours in which a plant is pivotal, the margin of price over the cost of the dearest unit running, and what rights add to prices."""
    year, made = world.setting.power, month.made
    load, days = year.load_kwh[rows], year.hours.days[rows]
    offers = made.offers
    beyond = 0 if made.arrived_kwh is None else made.arrived_kwh
    tight = indicators.pivotal(offers.available_kwh, np.maximum(load - beyond, 0)).any(axis=0)
    running = made.generation_kwh > np.minimum(offers.must_kwh, made.generation_kwh)
    planned = 0 if _by_bids(world) else offers.rank * (int(offers.cost_tick.max(initial=0)) + 1)
    order = planned + offers.cost_tick  # the last in the merit order that runs makes the price
    marginal = np.where(running, order[:, None], -1).argmax(axis=0)
    cost = np.where(running.any(axis=0), offers.cost_tick[marginal], made.price_tick)
    margin = indicators.lerner(made.price_tick, np.minimum(cost, made.price_tick))
    weight = load // deals.KWH_PER_LOT
    found = {"hours": int(days.sum()), "pivotal_hours": int(days[tight].sum()), "margin_sum": int((weight * np.rint(margin * MILLION)).sum())}
    if world.setting.question.power.pass_through and year.extras.around is None and _at_cost(world):
        rank = 0 * offers.rank if _by_bids(world) else offers.rank
        plain = type(offers)(available_kwh=offers.available_kwh, must_kwh=offers.must_kwh, rank=rank, cost_tick=year.fleet.cost_tick)
        without = dispatch_merit_order(load, plain, year.grid.rule("unserved_value", world.today))
        added = np.where(running.any(axis=0), (offers.cost_tick - year.fleet.cost_tick)[marginal], 0)
        found |= {"rise_sum": int((weight * (made.price_tick - without.price_tick)).sum()), "added_sum": int((weight * added).sum())}
    return found


def _by_bids(world: World) -> bool:
    """Whether price alone decides who runs, whatever was planned."""
    return world.setting.power.extras.around is not None or world.setting.question.power.spot is not None


def _at_cost(world: World) -> bool:
    """Whether units offer at cost, so that prices with and without rights can be compared."""
    spot = world.setting.question.power.spot
    return spot is None or (spot.bidding == "marginal-cost" and not spot.ahead and not spot.blocks and spot.trigger is None)


def _by_firm(world: World, month: Month, number: int, paid: deviation.Payments) -> None:
    """What each firm paid for power so far, and green power and certificates it got."""
    state, firms = world.state, len(world.setting.firms.id)
    state.power.setdefault("use by firm", np.zeros(firms, np.int64))[:] += month.use
    state.power.setdefault("bill by firm", np.zeros(firms, np.int64))[:] -= deviation.balance(paid, len(world.ledger.accounts))[:firms]
    if world.setting.question.power.green is None:
        return
    buyer = world.setting.power.buyer
    contracts, kwh = green_pairs(world, month, number)
    bought, seller, lots = sold_alone(world, month, number)
    np.add.at(state.power.setdefault("green by firm", np.zeros(firms, np.int64)), buyer[contracts.user], kwh)
    np.add.at(state.power.setdefault("green by unit", np.zeros(len(month.generation), np.int64)), contracts.plant, kwh)
    np.add.at(state.power.setdefault("certificates by firm", np.zeros(firms, np.int64)), buyer[bought], lots * deals.KWH_PER_LOT)
    np.add.at(state.power.setdefault("certificates by unit", np.zeros(len(month.generation), np.int64)), seller, lots * deals.KWH_PER_LOT)
    state.power.setdefault("certificates", np.zeros(12, np.int64))[number] = handed_over(world, month, number)[2].sum() + lots.sum()
