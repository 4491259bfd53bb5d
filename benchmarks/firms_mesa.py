"""The decision step of a trading day: the simulator's columns beside the same rules as one Mesa object per firm.

A step is what a firm does on a day of one right: it draws whether it looks, heeds the venue's news, and if it looks works out what it
lacks with the measures it plans, what a unit is worth to it, and its order. Both sides decide on the same draws; every order is compared.
"""

import math
import time
import tracemalloc

import mesa
import numpy as np

NOISE, HASTE, NEWS, IMBALANCE = 0.02, 2.0, 0.05, 0.001


class Firm(mesa.Agent):
    """One firm as an object: cost-minimising, with the measures it may take."""

    def __init__(self, model, row: int, own: dict, choices: list):
        super().__init__(model)
        self.row, self.choices = row, choices
        self.need, self.held, self.stock, self.cash, self.expected = own["need"], own["held"], own["stock"], own["cash"], own["expected"]

    def step(self) -> None:
        """News, a look, and an order."""
        model = self.model
        self.expected[model.right] = min(self.expected[model.right] * (1.0 + NEWS * IMBALANCE), model.ceiling)
        if model.looks[self.row] >= model.attention:
            return
        plans, most, least = 0.0, math.inf, 0.0
        for saving, cost in self.choices:
            own, earned = saving[model.right], 0.0
            for amount, price in zip(saving, self.expected):
                earned += amount * price
            if earned > cost:
                plans += own
            if own > 0:
                alone = max((cost - (earned - own * self.expected[model.right])) / own, 0.0)
                if earned > cost:
                    least = max(least, alone)
                else:
                    most = min(most, alone)
        before = self.need - self.held
        gap = before - plans
        most, least = min(most, model.ceiling), 0.0 if before < 0 else least
        lacks = gap / model.units_per_lot
        wanted = math.ceil(lacks) if lacks > 0 else math.floor(lacks + 1.0)
        aim = self.expected[model.right] * (1.0 + NOISE * (2.0 * model.draws[self.row] - 1.0))
        price = min(aim, most) if wanted > 0 else max(aim, least)
        lots = math.ceil(abs(wanted) * min(1.0, HASTE / max(model.looks_left, 1.0)))
        if wanted > 0:
            lots = min(lots, int(self.cash / (max(model.high, 0.01) * model.units_per_lot)))
        else:
            lots = min(lots, self.stock)
        tick = round(price * model.ticks_per_cny)
        tick = min(tick, model.band[1]) if wanted > 0 else max(tick, model.band[0])
        if lots > 0 and model.band[0] <= tick <= model.band[1]:
            model.sent.append((self.row, wanted <= 0, tick, lots))


def rows(sizes=(10**3, 10**5), days: int = 30) -> list[dict]:
    """One row a size: nanoseconds a step of both, their ratio, steps per CPU-second, and bytes a firm."""
    import numba  # noqa: F401  the kernels are used at either size

    return [_row(firms, days if firms > 10**4 else 20 * days) for firms in sizes]


def _row(firms: int, days: int) -> dict:
    from marketsim.agents.expectations import heed_news
    from marketsim.simulation import quoting

    world, right = _world(firms)
    model, objects, object_bytes = _objects(world, right)
    band, expected, every = model.band, world.state.expected_cny, world.setting.traders[right.index]
    compared, sent, theirs = max(1, 3 * 10**5 // firms), [], 0.0
    start = time.process_time()
    for session in range(-2, days):
        if session == 0:  # the first days warmed the caches
            start = time.process_time()
        expected[right.index] = np.minimum(heed_news(expected[right.index], IMBALANCE, NEWS), right.ceiling_cny)
        found = quoting.orders(world, right, quoting.lookers(world, right, session + 2), band, session + 2)
        if session < compared - 2:
            sent.append(found)
    ours = time.process_time() - start
    for session, mine in enumerate(sent):
        draws = world.setting.luck.uniforms_of((f"attention/{right.key}", f"quote/{right.key}"), session, world.setting.firms.id[every])
        model.looks, model.draws = (dict(zip(every.tolist(), drawn, strict=True)) for drawn in draws.tolist())
        model.sent = []
        start = time.process_time()
        objects.do("step")
        theirs += time.process_time() - start
        told = sorted(zip(mine.owner.tolist(), mine.side.tolist(), mine.tick.tolist(), mine.lots.tolist(), strict=True))
        assert told == sorted(model.sent), f"session {session}: columns and objects decide differently"
    step, other = ours / days / len(every) * 1e9, theirs / len(sent) / len(every) * 1e9
    return {
        "firms": len(every), "columns_ns_a_step": round(step, 1), "objects_ns_a_step": round(other, 1), "times_faster": round(other / step, 1),
        "million_steps_per_cpu_second": round(1e3 / step, 1), "orders_a_day": len(sent[-1]), "columns_bytes_a_firm": _bytes(world, right),
        "measure_bytes": _measure_bytes(world), "objects_bytes_a_firm": round(object_bytes),
    }  # fmt: skip


def _world(firms: int):
    """A founded city of about so many traders in its last right, everybody cost-minimising, with rights and cash in hand."""
    from pathlib import Path

    from marketsim.scenario import load
    from marketsim.simulation.found import found
    from marketsim.simulation.institutions import agenda

    scenario = Path(__file__).resolve().parents[1] / "scenarios" / "tianjin-2020.yaml"
    settings = (f"copies={max(1, round(firms / 346))}", "power.resolution=typical-days", "firms.strategies={cost-minimising: 100%, zero-intelligence: 0%}")
    world = found(load(scenario, settings))
    world.agenda = agenda(world)
    right = world.setting.rights[-1]
    open_tick = world.setting.calendar.tick(right.market.calendar.open, 9, "quotes")
    while world.agenda[world.state.done].tick < open_tick:
        world.state.now = world.agenda[world.state.done].tick
        world.step()
    return world, right


def _objects(world, right):
    """The same firms as Mesa objects, and the bytes each takes."""
    setting, state, ledger = world.setting, world.state, world.ledger
    model, menu, row = mesa.Model(rng=1), setting.menu, right.index
    from marketsim.simulation import quoting

    instrument = right.instrument
    close = int(state.close_tick[row])
    model.right, model.ceiling, model.attention = row, right.ceiling_cny, float(setting.question.firms.attention)
    model.units_per_lot, model.band = instrument.units_per_lot, (close * 9 // 10, close * 11 // 10)
    model.high, model.ticks_per_cny = instrument.price_cny(model.band[1]), 100 * instrument.units_per_lot / instrument.tick_fen
    model.looks_left = quoting.sessions_left(world, right) * model.attention
    every = setting.traders[row]
    chosen, whose = menu.rows_of(every)
    held = right.units(ledger.balance[right.asset, every].sum(axis=1) + state.final[row, every] - state.given[row, every])
    stock = ledger.balance[right.asset, every, 0] // instrument.lot_base
    need, cash = right.units(setting.use[row, every]), ledger.balance[0, every, 0] / 100
    tracemalloc.start()
    choices: list[list] = [[] for _ in range(len(every))]
    for choice, place in zip(chosen.tolist(), whose.tolist(), strict=True):
        choices[place].append((tuple(menu.saving[:, choice].tolist()), float(menu.cost_cny[choice])))
    for place, firm in enumerate(every.tolist()):
        own = {"need": float(need[place]), "held": float(held[place]), "stock": int(stock[place]), "cash": float(cash[place]), "expected": state.expected_cny[:, firm].tolist()}
        Firm(model, firm, own, choices[place])
    taken = tracemalloc.get_traced_memory()[0] / len(every)
    tracemalloc.stop()
    return model, model.agents, taken


def _bytes(world, right) -> int:
    """Bytes a firm of the columns a decision on one right reads and writes: accounts, plans, expectations, luck."""
    setting, state, row = world.setting, world.state, right.index
    columns = (setting.firms.id, setting.strategy[row], setting.firms.covered[row], setting.use[row], state.expected_cny[row],
               state.owed[row], state.final[row], state.given[row], state.decided, setting.decision_day)  # fmt: skip
    accounts = world.ledger.balance[[0, right.asset]]
    return sum(column.itemsize for column in columns) + accounts.itemsize * accounts.shape[0] * accounts.shape[2]


def _measure_bytes(world) -> int:
    """Bytes of one measure a firm may take: its savings in every right, its cost and place, and whether it is begun."""
    menu = world.setting.menu
    return menu.saving.itemsize * len(menu.saving) + menu.cost_fen.itemsize + menu.cost_cny.itemsize + world.state.begun.itemsize
