"""The spot market of a month: strategies bid for what is left after must-run output; optionally a day ahead, and with blocks.

What must run is sold at whatever the price is. Day ahead, strategies bid on the forecast of the load; their bids stand in real time, where the
load is what it is and units may be on outage. Blocks are cleared day by day with the real-time bids.
"""

import numpy as np

from marketsim.agents import bid_mark_up, bid_roth_erev
from marketsim.agents.generators import BIDDING
from marketsim.domain.fleet import available
from marketsim.domain.sharing import share_out
from marketsim.markets.block_orders import Blocks, Hourly, clear_blocks
from marketsim.markets.merit_order import Offers, dispatch_merit_order
from marketsim.markets.tick_auction import NO_PRICE
from marketsim.markets.two_settlement import capped_prices
from marketsim.simulation.power.year import MILLION, Made, tick_of
from marketsim.simulation.power.hours import Spot, run_spot
from marketsim.simulation.power.two_markets import Market, clear_hours
from marketsim.simulation.world import World

MEMORY = "bids of power"
HOURS_A_DAY, MOST_BLOCKS = 24, 4


def clear_spot(world: World, rows: np.ndarray, load: np.ndarray, offers: Offers, curve: np.ndarray) -> Made:
    """Clear the month's hours, day ahead and in real time where the scenario asks for both."""
    chosen = world.setting.question.power.spot
    kept, left, room, spilled = _beside_must_run(load, offers)
    foreseen, foreseen_left, foreseen_room = kept, left, room
    if chosen.ahead:
        able = Offers(available_kwh=available(world.setting.power.fleet, world.setting.power.hours)[:, rows], must_kwh=offers.must_kwh,
                      rank=offers.rank, cost_tick=offers.cost_tick)  # fmt: skip
        foreseen, foreseen_left, foreseen_room, _ = _beside_must_run(_forecast(world, rows, load), able)
    bids = _bid(world, rows, foreseen_left, (foreseen_room, np.maximum(curve - offers.must_kwh, 0), offers.cost_tick))
    price, award = bids.price_tick, bids.award_kwh
    floor, cap = tick_of(chosen.floor), tick_of(chosen.cap)
    if chosen.ahead:
        live = clear_hours(Market(tick=bids.bid_tick, kwh=room, value_tick=np.full((1, len(load)), cap), use_kwh=left[None]), cap)
        price, award = live.price_tick, live.made_kwh
    if chosen.blocks:
        price, award = _with_blocks(world, (bids.bid_tick, room, left), offers)
    award, unserved = _called_up(award, room, left)
    price = _settled(np.where(left == 0, floor, price), chosen.trigger)
    ahead = {"ahead_kwh": foreseen + bids.award_kwh, "ahead_tick": _settled(np.where(foreseen_left == 0, floor, bids.price_tick), chosen.trigger)}
    return Made(generation_kwh=kept + award, curtailed_kwh=spilled, unserved_kwh=unserved, price_tick=price, **(ahead if chosen.ahead else {}))


def _called_up(award: np.ndarray, room: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where load is left at the cap, capacity that was withheld is called up in proportion; awards, and what even that leaves unserved."""
    short = left - award.sum(axis=0)
    hours = np.flatnonzero(short > 0)
    spare = (room - award)[:, hours]
    called = np.minimum(short[hours], spare.sum(axis=0))
    award = award.copy()
    award[:, hours] += share_out(called, spare)
    return award, left - award.sum(axis=0)


def _beside_must_run(load: np.ndarray, offers: Offers) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Must-run output that has a load, the load left, what units can make beyond, and must-run output spilled."""
    alone = Offers(available_kwh=offers.must_kwh, must_kwh=offers.must_kwh, rank=offers.rank, cost_tick=offers.cost_tick)
    done = dispatch_merit_order(load, alone, 0)
    return done.generation_kwh, done.unserved_kwh, offers.available_kwh - offers.must_kwh, done.curtailed_kwh


def _forecast(world: World, rows: np.ndarray, load: np.ndarray) -> np.ndarray:
    """The load as foreseen a day ahead: with a normal error of the hour's own luck."""
    z = world.setting.luck.normal_of("load forecast", 0, rows)
    return np.maximum(np.rint(load * (1.0 + float(world.setting.question.power.spot.forecast_sd) * z)), 0).astype(np.int64)


def _bid(world: World, rows: np.ndarray, left: np.ndarray, units: tuple[np.ndarray, np.ndarray, np.ndarray]):
    """Let the strategies bid hour by hour for `left` (hours,); what they learn stays for the next month."""
    chosen, state = world.setting.question.power.spot, world.state
    room, contracted, cost = units
    market = Spot(available_kwh=room, contracted_kwh=contracted, cost_tick=cost, use_kwh=left[None], value_tick=np.array([tick_of(chosen.cap)]),
                  floor_tick=tick_of(chosen.floor), cap_tick=tick_of(chosen.cap), first_hour=int(rows[0]))  # fmt: skip
    memory = state.memory.get(MEMORY)
    if memory is None:
        memory = _first_memory(chosen.bidding, world.setting.power.fleet.region, tick_of(chosen.cap), int(world.setting.power.load_kwh.max()))
    done = run_spot(BIDDING[chosen.bidding], memory, market, world.setting.luck)
    state.memory[MEMORY] = done.memory
    return done


def _first_memory(bidding: str, region: np.ndarray, cap_tick: int, peak_kwh: int) -> np.ndarray:
    """What a strategy remembers to begin with; for Cournot a portfolio is a district, demand falls from the cap to nothing over the peak."""
    if bidding == "mark-up":
        return bid_mark_up.first_memory(len(region))
    if bidding == "roth-erev":
        return bid_roth_erev.first_memory(len(region))
    portfolio = np.unique(region, return_inverse=True)[1]
    return np.column_stack([portfolio, np.full(len(region), cap_tick / max(peak_kwh, 1))])


def _settled(price: np.ndarray, trigger) -> np.ndarray:
    """Prices after the second cap, day by day."""
    if trigger is None:
        return price
    days = [capped_prices(day, tick_of(trigger)) for day in price.reshape(-1, HOURS_A_DAY)]
    return np.concatenate(days)


def _with_blocks(world: World, hourly: tuple[np.ndarray, np.ndarray, np.ndarray], offers: Offers) -> tuple[np.ndarray, np.ndarray]:
    """Prices and awards when the largest units by cost offer part of their room as blocks of a day."""
    chosen = world.setting.question.power.spot
    bid_tick, room, left = hourly
    cap, floor, share = tick_of(chosen.cap), tick_of(chosen.floor), int(chosen.blocks * MILLION)
    price, award = np.zeros(len(left), np.int64), np.zeros(room.shape, np.int64)
    for first in range(0, len(left), HOURS_A_DAY):
        day = slice(first, first + HOURS_A_DAY)
        steady = np.where(offers.rank == 2, room[:, day].min(axis=1) * share // MILLION, 0)
        largest = np.argsort(-steady, kind="stable")[:MOST_BLOCKS]
        blocks = Blocks(lots=np.repeat(steady[largest][:, None], HOURS_A_DAY, axis=1), tick=offers.cost_tick[largest])
        free = room[:, day].copy()
        free[largest] -= blocks.lots
        tick = np.vstack([np.maximum(bid_tick[:, day], floor + 1), np.full((1, HOURS_A_DAY), cap)])
        rows = len(tick)
        bids = Hourly(start=np.arange(HOURS_A_DAY + 1) * rows, side=np.tile(np.r_[np.ones(rows - 1, np.uint8), np.zeros(1, np.uint8)], HOURS_A_DAY),
                      tick=tick.T.ravel(), lots=np.vstack([free, left[None, day]]).T.ravel())  # fmt: skip
        chosen_blocks, done = clear_blocks(bids, blocks, floor)
        award[:, day] = done.fills.reshape(HOURS_A_DAY, rows)[:, :-1].T
        award[largest[chosen_blocks], day] += blocks.lots[chosen_blocks]
        price[day] = np.where(done.price == NO_PRICE, cap, done.price)
    return price, award
