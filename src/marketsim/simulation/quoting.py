"""Who looks at a right today, what each of them sees, and the orders that come of it."""

from bisect import bisect_left, bisect_right
from dataclasses import replace

import numpy as np

from marketsim.agents import STRATEGIES, cost_minimising, zero_intelligence
from marketsim.agents.view import SLOTS, TAPE, Quotes, Tape, View
from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY
from marketsim.domain.orders import BUY, Orders
from marketsim.matching.day import compiled_pays
from marketsim.policy import rules
from marketsim.policy.stability.position_limits import Positions as Held
from marketsim.simulation.positions import Positions, stand
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

MEMORY = 0.9
"""Weight of yesterday in the order flow the venue publishes: half of it is forgotten after a week of sessions."""
RUSH = 45
"""Sessions before the surrender over which firms look more and more often, where the scenario has a rush."""
MANY = 5000
"""Lookers from which quoting in a compiled pass is worth its start."""
AHEAD = 4096
"""Draws of a right made in one go."""
COMPILED = ("cost-minimising", "zero-intelligence")
"""Strategies with a compiled twin in `quote_kernel`, in its order."""


def lookers(world: World, right: Right, session: int) -> np.ndarray:
    """Rows of the firms that look at the right today."""
    setting = world.setting
    behaviour, rows = setting.question.firms, setting.traders[right.index]
    draws = _drawn(world, right, session, rows, ("attention",))[0]
    chance = float(behaviour.attention)
    if behaviour.rush:
        chance += float(behaviour.rush) * max(0.0, 1.0 - sessions_left(world, right) / RUSH)
    if behaviour.investors:
        chance = np.where(setting.firms.covered[right.index, rows], chance, float(behaviour.investor_attention))
    return rows[np.flatnonzero(draws < chance)]  # a third of the time of a mask: few of many


def _drawn(world: World, right: Right, session: int, rows: np.ndarray, purposes: tuple[str, ...]) -> np.ndarray:
    """Draws of a session for traders of the right; (purposes, rows).

    Without the compiled pass those of few traders are drawn for several sessions at once: a draw is what its address says, whenever it is drawn.
    """
    luck, ids = world.setting.luck, world.setting.trader_ids[right.index]
    named = tuple(f"{purpose}/{right.key}" for purpose in purposes)
    if compiled_pays(len(ids), AHEAD):
        return luck.uniforms_of(named, session, ids if len(rows) == len(ids) else world.setting.firms.id[rows])
    sessions = AHEAD // max(1, len(ids))
    first, table = world.drawn.get(named, (session, None))
    if table is None or not 0 <= session - first < sessions:
        first, table = session, luck.uniforms_over(named, range(session, session + sessions), ids)
        world.drawn[named] = first, table
    return table[:, session - first, np.searchsorted(world.setting.traders[right.index], rows)]


def sessions_left(world: World, right: Right) -> int:
    """Trading days from today to the surrender, today included."""
    days = world.setting.calendar.trading_days
    return bisect_right(days, right.market.calendar.surrender) - bisect_left(days, world.today)


def orders(world: World, right: Right, rows: np.ndarray, band: tuple[int, int], session: int) -> Orders:
    """The day's orders of the firms in `rows`, in order of arrival, within the band."""
    arrival, draw = _drawn(world, right, session, rows, ("arrival", "quote"))
    quotes = _quotes(world, right, rows, band, draw)
    instrument = right.instrument
    tick = np.rint(quotes.price_cny * (100 * instrument.units_per_lot / instrument.tick_fen)).astype(np.int64)
    buys = quotes.side == BUY
    lots = quotes.lots
    if right.market.position_limit is not None:
        lots = np.where(buys, np.minimum(lots, _room(world, right)[rows] // instrument.lot_base), lots)
    # an order beyond the band is entered at its edge where that is no worse for its owner, else not at all
    inside = np.where(buys, np.minimum(tick, band[1]), np.maximum(tick, band[0]))
    sent = (lots > 0) & (inside >= band[0]) & (inside <= band[1])
    suspended = world.ledger.suspended[right.asset]
    if suspended.any():
        sent &= buys | ~suspended[rows]
    order = np.flatnonzero(sent)
    order = order[_sorted(arrival[order])]
    return Orders(owner=rows[order], side=quotes.side[order], tick=inside[order], lots=lots[order])


def _sorted(arrival: np.ndarray) -> np.ndarray:
    """Places in order of arrival, equals by place. Shape (orders,)."""
    if not compiled_pays(len(arrival), MANY):
        return np.argsort(arrival, kind="stable")
    from marketsim.agents.quote_kernel import by_arrival

    return by_arrival(arrival)


def remember(world: World, right: Right, sent: Orders, filled_lots: np.ndarray) -> None:
    """Add the day's orders to the tape everybody sees."""
    price = sent.tick * (right.instrument.tick_fen / (100 * right.instrument.units_per_lot))
    day = np.stack([sent.side.astype(np.float64), price, (filled_lots > 0).astype(np.float64)])
    world.state.tape[right.key] = np.concatenate([world.state.tape.get(right.key, day[:, :0]), day], axis=1)[:, -TAPE:]


def _quotes(world: World, right: Right, rows: np.ndarray, band: tuple[int, int], draw: np.ndarray) -> Quotes:
    """What each firm in `rows` answers by its own strategy."""
    setting, own = world.setting, (_stand(world, right, rows), draw)
    quotes = Quotes(side=np.zeros(len(rows), dtype=np.uint8), price_cny=np.zeros(len(rows)), lots=np.zeros(len(rows), dtype=np.int64))
    fast = COMPILED if compiled_pays(len(rows), MANY) else ()
    if fast:
        _compiled(world, right, rows, band, (own, quotes))
    strategy, memory, view = setting.strategy[right.index, rows], world.state.memory, None
    for number, name in enumerate(setting.strategies):
        mine = np.flatnonzero(strategy == number) if name not in fast else ()
        if len(mine):
            view = _view(world, right, rows, band, own) if view is None else view
            answer = STRATEGIES[name](view.take(mine))
            quotes.side[mine], quotes.price_cny[mine], quotes.lots[mine] = answer.side, answer.price_cny, answer.lots
            if answer.memory is not None:
                memory.setdefault(right.key, _blank(world))[:, rows[mine]] = answer.memory
    return quotes


def _stand(world: World, right: Right, rows: np.ndarray) -> Positions:
    """Positions of the firms in `rows`; an investor's gap is rounded down to what it holds, for it may lack nothing."""
    positions = stand(world, right, rows, counting=True)
    if not world.setting.question.firms.investors:
        return positions
    outside = ~world.setting.firms.covered[right.index, rows]
    return replace(positions, gap=positions.gap - np.where(outside, 0.5 * right.instrument.units_per_lot, 0.0))


def _compiled(world: World, right: Right, rows: np.ndarray, band: tuple[int, int], told: tuple) -> None:
    """Write the quotes of firms with a strategy of `COMPILED` in one compiled pass; `told` = ((positions, draw), quotes)."""
    from marketsim.agents.quote_kernel import quote_over

    (positions, draw), quotes = told
    setting, instrument, balance = world.setting, right.instrument, world.ledger.balance
    looks = sessions_left(world, right) * float(setting.question.firms.attention)
    careful, random = (setting.strategies.index(name) if name in setting.strategies else -2 for name in COMPILED)
    quote_over(
        (rows, positions.gap, positions.most_cny, positions.least_cny, draw, setting.strategy[right.index, rows]),
        (world.state.expected_cny[right.index], balance[right.asset], balance[MONEY]),
        (instrument.units_per_lot, instrument.lot_base, float(right.market.fee), *map(instrument.price_cny, band), looks),
        (careful, cost_minimising.HASTE, cost_minimising.NOISE, random, zero_intelligence.HASTE),
        (quotes.side, quotes.price_cny, quotes.lots),
    )  # fmt: skip


def _view(world: World, right: Right, rows: np.ndarray, band: tuple[int, int], own: tuple[Positions, np.ndarray]) -> View:
    setting, instrument, state = world.setting, right.instrument, world.state
    positions, draw = own
    gap = positions.gap / instrument.units_per_lot
    fee = float(right.market.fee)
    tape = state.tape.get(right.key, np.zeros((3, 0)))
    left = sessions_left(world, right)
    return View(
        gap_lots=np.where(gap > 0, np.ceil(gap), np.floor(gap + 1.0)),
        sellable_lots=world.ledger.balance[right.asset, rows, AVAILABLE] // instrument.lot_base,
        cash_cny=world.ledger.balance[MONEY, rows, AVAILABLE] / 100 / (1.0 + fee),
        covered=setting.firms.covered[right.index, rows],
        most_cny=positions.most_cny / (1.0 + fee),
        least_cny=positions.least_cny / (1.0 - fee),
        expected_cny=state.expected_cny[right.index, rows],
        draw=draw,
        memory=state.memory[right.key][:, rows] if right.key in state.memory else np.full((SLOTS, len(rows)), np.nan),
        tape=Tape(side=tape[0], price_cny=tape[1], taken=tape[2]),
        flow_lots=float(state.order_flow[right.index, 1]) * (1.0 - MEMORY),
        looks_left=left * float(setting.question.firms.attention),
        sessions_left=left,
        verified=world.today > right.market.calendar.verification,
        units_per_lot=instrument.units_per_lot,
        last_cny=instrument.price_cny(int(state.close_tick[right.index])),
        low_cny=instrument.price_cny(band[0]),
        high_cny=instrument.price_cny(band[1]),
    )


def _blank(world: World) -> np.ndarray:
    return np.full((SLOTS, len(world.setting.firms.id)), np.nan)


def _room(world: World, right: Right) -> np.ndarray:
    """What each firm may still buy under the position limit, in base units. Shape (firms,)."""
    setting, limit = world.setting, right.market.position_limit
    rule = rules("stability")["position_limits"]
    covered = setting.firms.covered[right.index]
    held = world.ledger.held(right.asset)[:len(covered)]
    parameters = rule.make({"share": float(limit), "investor_share": float(limit)})
    return rule.apply(parameters, Held(held=held, need=np.where(covered, setting.use[right.index], 0)))
