"""What stands behind a firm's measures: output it can do without, time that measures need, a budget, and a loan, each where a scenario has it.

    output    one more choice a firm: `most` of its output is given up, all its meters fall alike, and `margin` of the value added is lost
    time      a measure decided on day d works in the compliance year whose verification comes no earlier than d + lead time, with its cost
    budget    of what pays, the measures with the largest value per cost first, as far as a share of the firm's value added goes
    loan      up to a share of value added for what cash cannot pay, repaid with interest on the last day as far as cash goes; the rest goes over;
              none for the years for which the rule of compliance bars who was short

Source: Rubin (1996), J. Environ. Econ. Manage. 31, for the firm that plans through time; Fischer and Fox (2007), Land Economics 83, for output.
"""

from dataclasses import replace

import numpy as np

from marketsim.agents.abatement import Menu, values_cny
from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.choices import Choices, Measure
from marketsim.domain.firms import Firms
from marketsim.domain.ledger import MONEY, Entries, entries
from marketsim.policy.exact import scale
from marketsim.scenario.schema import Question
from marketsim.simulation.outlook import kept_cny
from marketsim.simulation.world import Setting, World

OUTPUT = -1
"""Number that stands for giving up output in the column of measures."""


def within_reach(measures: tuple[Measure, ...], question: Question) -> tuple[Measure, ...]:
    """Measures a run knows: where lead times count, those that work only in later years as well."""
    if not question.firms.lead_times:
        return measures
    return tuple(replace(measure, status="available") if measure.status == "later" else measure for measure in measures)


def with_output(choices: Choices, firms: Firms, question: Question) -> Choices:
    """The choices, with giving up output behind a firm's own where the scenario has it."""
    offer = question.firms.output
    if offer is None:
        return choices
    rows = np.flatnonzero(firms.is_kind("facility") & (firms.value_added_fen > 0) & firms.covered.any(axis=0))
    lost = scale(scale(firms.value_added_fen[rows], offer.most), offer.margin)
    more = Choices(
        firm=rows, measure=np.full(len(rows), OUTPUT), saving=np.array([scale(row[rows], offer.most) for row in firms.use()]).reshape(-1, len(rows)),
        lead_days=np.zeros(len(rows), dtype=np.int64), cost_fen=lost,
    )  # fmt: skip
    by_firm = np.argsort(np.concatenate([choices.firm, more.firm]), kind="stable")  # a firm's own come before it
    return Choices(**{
        name: np.concatenate([column, getattr(more, name)], axis=-1)[..., by_firm].astype(column.dtype) for name, column in vars(choices).items()
    })  # fmt: skip


def timed(setting: Setting) -> Setting:
    """The setting in which measures that cannot work this year are no choice of this year, and are known as `late`."""
    if not setting.question.firms.lead_times:
        return setting
    days, choices, menu = setting.calendar.trading_days, setting.choices, setting.menu
    room = np.array([(setting.verified - day).days for day in days])[setting.decision_day[choices.firm]]
    late = (choices.lead_days > room) & ~setting.standing
    return replace(setting, late=late, menu=Menu(firm=menu.firm, saving=np.where(late, 0.0, menu.saving), cost_fen=np.where(late, 0, menu.cost_fen)))


def affordable(world: World, rows: np.ndarray, menu: Menu, begins: np.ndarray, value_cny: np.ndarray) -> np.ndarray:
    """Of the choices that pay, those the firms in `rows` can pay for; all of a firm's or none where it has no budget. Shape (choices,) bool."""
    setting, behaviour = world.setting, world.setting.question.firms
    purse, cost_cny = _purse(world, rows), menu.cost_cny
    if behaviour.capital is None:
        return begins & (np.bincount(menu.firm, weights=np.where(begins, cost_cny, 0.0), minlength=len(rows)) * 100 <= purse)[menu.firm]
    purse = np.minimum(purse, scale(setting.firms.value_added_fen[rows], behaviour.capital) - world.state.spent_fen["measures"][rows]) / 100
    found = np.flatnonzero(begins)
    order = found[np.lexsort((found, -value_cny[found] / np.maximum(cost_cny[found], 1e-9), menu.firm[found]))]
    whose, running = menu.firm[order], np.cumsum(cost_cny[order])
    first = np.searchsorted(whose, whose, side="left")
    taken = np.zeros(len(begins), dtype=bool)
    taken[order] = running - running[first] + cost_cny[order[first]] <= purse[whose]
    return taken


def lend(world: World, rows: np.ndarray, cost_fen: np.ndarray) -> Entries:
    """What the firms in `rows` cannot pay out of cash is lent to them by the outside world."""
    cash = world.ledger.balance[MONEY, rows, AVAILABLE]
    loan = np.maximum(cost_fen - cash, 0)
    world.state.invested.setdefault("loan_fen", np.zeros(len(world.setting.firms.id), dtype=np.int64))[rows] += loan
    return entries("transfer", MONEY, world.ledger.accounts.index("outside"), rows, loan)


def repay(world: World) -> Entries:
    """On the last day of the year loans go back with interest, as far as cash goes; the rest stays owed."""
    owed = world.state.invested.get("loan_fen", np.zeros(len(world.setting.firms.id), dtype=np.int64))
    owed = scale(owed, 1 + world.setting.question.firms.credit_rate)
    rows = np.arange(len(owed))
    paid = np.minimum(owed, world.ledger.balance[MONEY, rows, AVAILABLE])
    world.state.invested["loan_fen"] = owed - paid
    return entries("transfer", MONEY, rows, world.ledger.accounts.index("outside"), paid)


def order(world: World, rows: np.ndarray) -> None:
    """The firms in `rows` order the measures that cannot work this year and pay at the prices they expect for later years."""
    setting, state = world.setting, world.state
    if not (setting.late.any() and setting.years_left):
        return
    ordered = state.invested.setdefault("ordered", np.zeros(len(setting.late), dtype=np.int64))
    units = np.array([[right.instrument.base_per_unit] for right in setting.rights])
    covered = setting.firms.covered[:, setting.choices.firm]
    menu = Menu(firm=setting.choices.firm, saving=np.where(covered, setting.choices.saving, 0) / units, cost_fen=setting.choices.cost_fen)
    price = state.expected_cny.copy()
    for right in setting.rights:
        kept = kept_cny(world, right, np.arange(price.shape[1]))
        price[right.index] = price[right.index] if kept is None else np.maximum(price[right.index], kept)
    asked = np.zeros(price.shape[1], dtype=bool)
    asked[rows] = True
    pays = setting.late & (ordered == 0) & asked[menu.firm] & (values_cny(menu, price) > 0)
    ordered[pays] = world.today.toordinal()


def _purse(world: World, rows: np.ndarray) -> np.ndarray:
    """Cash of the firms in `rows` and what they may still borrow, in fen."""
    firms, credit = world.setting.firms, world.setting.question.firms.credit
    cash = world.ledger.balance[MONEY, rows, AVAILABLE]
    if not credit:
        return cash
    owed = world.state.invested.get("loan_fen", np.zeros(len(firms.id), dtype=np.int64))[rows]
    may = world.state.law.get("no credit", np.zeros(len(firms.id), dtype=np.int64))[rows] == 0  # who was short gets none for some years
    return cash + np.where(may, np.maximum(scale(firms.value_added_fen[rows], credit) - owed, 0), 0)
