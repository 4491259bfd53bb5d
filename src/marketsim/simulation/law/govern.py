"""Governments of districts that act on their warning lights through the year, and trade quota with one another, where a scenario has them do so.

    behind     projected use (so far / share of the year, less what measures begun save) less the smaller of both targets
    tighten    a share of the free amounts still to come of the district's firms is withheld
    subsidise  a share of a measure's cost is paid, cheapest per unit saved first, until nothing is behind or the budget is spent;
               a firm accepts what pays at the prices it expects
    curtail    firms give up output by order, cheapest per unit saved first, until nothing is behind
    trade      districts that are behind bid the penalty for quota, those ahead ask the last price: one call auction, one price; where the
               right has a rule of sale, only its share of what is not used up is offered

In the right that dual control watches quota is the district's target; in any other it is the free amounts still to come of its firms, and who lacks
or has to spare is the district as a whole. Quota is conserved to the unit, money moves from government to government.
Source: 晴雨表 of the NDRC for the lights (2014); 国发〔2021〕33号 for trade of energy indicators between governments; 水利部 2016 interim measures, art. 8, for regional water rights.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.agents.abatement import values_cny
from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, SELL
from marketsim.matching.auction import Bids, call_auction
from marketsim.policy.exact import largest_remainder, scale
from marketsim.simulation.columns import by_district
from marketsim.simulation.invest import OUTPUT
from marketsim.simulation.judge import saved, watched
from marketsim.simulation.positions import open_gap
from marketsim.simulation.power.year import MILLION, load_until
from marketsim.simulation.right import Right
from marketsim.simulation.world import World

LEVELS = {"yellow": 2, "red": 1}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Choices of one district that save the watched right, cheapest per unit first: `rows` of the menu, `saving` in base units, `cost_fen`."""

    rows: np.ndarray
    saving: np.ndarray
    cost_fen: np.ndarray


def fund(world: World) -> Entries:
    """The year's budgets, a share of the value added of each district, from the treasury."""
    share = world.setting.question.governments.budget
    return _pay(world, scale(by_district(world, world.setting.firms.value_added_fen), share), into=True)


def close_books(world: World) -> Entries:
    """What is left of the budgets goes back to the treasury."""
    return _pay(world, world.ledger.balance[MONEY, _accounts(world), AVAILABLE], into=False)


def act(world: World, month: int) -> Entries:
    """What every government does at the end of a quarter."""
    chosen = world.setting.question.governments
    lights = world.state.targets[f"lights {month}"]
    missing = behind(world, month)
    batches = []
    for place in np.flatnonzero((lights <= LEVELS[chosen.light]) & (missing > 0)).tolist():
        if "tighten" in chosen.acts:
            _tighten(world, place)
        if "subsidise" in chosen.acts:
            missing[place] -= _subsidise(world, place, int(missing[place]), batches)
        if "curtail" in chosen.acts and missing[place] > 0:
            missing[place] -= _curtail(world, place, int(missing[place]), batches)
    return together(*batches)


def trade(world: World, month: int) -> Entries:
    """What governments trade with each other at the end of a quarter, with what is left of their budgets."""
    missing, chosen = behind(world, month), world.setting.question.governments.trade
    return together(*(_trade(world, right, missing) for right in world.setting.rights if right.key in chosen))


def behind(world: World, month: int) -> np.ndarray:
    """By how much each district's projected use exceeds the smaller of its targets, below zero where it is ahead. Shape (districts,) base units."""
    setting, state, right = world.setting, world.state, watched(world)
    share = load_until(setting.power, month) if setting.power else (month + 1) * MILLION // 12
    used = by_district(world, state.metered[right.index]) * MILLION // max(share, 1)
    return used - saved(world) - np.minimum(state.targets["total"], state.targets["allowed"])


def _tighten(world: World, place: int) -> None:
    right, state = watched(world), world.state
    firms = _firms(world, place) & world.setting.firms.covered[right.index]
    if world.today >= right.market.calendar.true_up:
        return
    to_come = np.maximum(state.final[right.index] - state.given[right.index], 0)
    withheld = np.where(firms, scale(to_come, world.setting.question.governments.tighten), 0)
    state.final[right.index] -= withheld
    _note(world, "tightened", place, int(withheld.sum()))


def _subsidise(world: World, place: int, missing: int, batches: list[Entries]) -> int:
    """Pay for measures until `missing` is saved or the budget spent; returns what they save."""
    setting, state = world.setting, world.state
    share, menu = float(setting.question.governments.subsidy), setting.menu
    pays = values_cny(menu, state.expected_cny) + share * menu.cost_cny > 0
    shelf = _shelf(world, place, pays & (setting.choices.measure >= 0))
    grants = scale(shelf.cost_fen, setting.question.governments.subsidy)
    budget = int(world.ledger.balance[MONEY, _accounts(world)[place], AVAILABLE])
    taken = _until(shelf, missing) & (np.cumsum(grants) <= budget)
    taken &= shelf.cost_fen - grants <= world.ledger.balance[MONEY, menu.firm[shelf.rows], AVAILABLE]
    batches.append(entries("transfer", MONEY, _accounts(world)[place], menu.firm[shelf.rows[taken]], grants[taken]))
    _note(world, "subsidised", place, int(grants[taken].sum()))
    return _begin(world, shelf, taken, batches)


def _curtail(world: World, place: int, missing: int, batches: list[Entries]) -> int:
    """Order output to be given up until `missing` is saved; returns what that saves."""
    shelf = _shelf(world, place, world.setting.choices.measure == OUTPUT)
    taken = _until(shelf, missing)
    taken &= shelf.cost_fen <= world.ledger.balance[MONEY, world.setting.menu.firm[shelf.rows], AVAILABLE]
    _note(world, "curtailed", place, int(shelf.saving[taken].sum()))
    return _begin(world, shelf, taken, batches)


def _begin(world: World, shelf: Shelf, taken: np.ndarray, batches: list[Entries]) -> int:
    state, firm = world.state, world.setting.menu.firm[shelf.rows[taken]]
    state.begun[shelf.rows[taken]] = True
    np.add.at(state.spent_fen["measures"], firm, shelf.cost_fen[taken])
    batches.append(entries("transfer", MONEY, firm, world.ledger.accounts.index("outside"), shelf.cost_fen[taken]))
    return int(shelf.saving[taken].sum())


def _shelf(world: World, place: int, wanted: np.ndarray) -> Shelf:
    """One choice a firm at most, so that a purse looked at once is enough."""
    setting, right = world.setting, watched(world)
    saving = setting.choices.saving[right.index]
    rows = np.flatnonzero(wanted & (saving > 0) & ~world.state.begun & ~setting.late & _firms(world, place)[setting.menu.firm])
    rows = rows[np.lexsort((rows, setting.choices.cost_fen[rows] / saving[rows]))]
    rows = rows[np.sort(np.unique(setting.menu.firm[rows], return_index=True)[1])]
    return Shelf(rows=rows, saving=saving[rows], cost_fen=setting.choices.cost_fen[rows])


def _until(shelf: Shelf, missing: int) -> np.ndarray:
    """The first choices that together save what is missing."""
    return np.cumsum(shelf.saving) - shelf.saving < missing


def _trade(world: World, right: Right, missing: np.ndarray) -> Entries:
    """One call auction among governments; quota moves at once, money by the entries that are returned."""
    is_target = right.key == watched(world).key
    if not is_target and world.today >= right.market.calendar.true_up:
        return together()
    lacking = missing if is_target else _lacking(world, right)
    instrument, accounts = right.instrument, _accounts(world)
    lacking = np.where(lacking < 0, -_offered(world, right, np.maximum(-lacking, 0)), lacking)
    lots = np.abs(lacking) // instrument.lot_base
    last, most = int(world.state.close_tick[right.index]), instrument.tick(right.ceiling_cny)
    purse = world.ledger.balance[MONEY, accounts, AVAILABLE] // (most * instrument.tick_fen)
    lots = np.where(lacking > 0, np.minimum(lots, purse), np.minimum(lots, _spare(world, right, is_target) // instrument.lot_base))
    at = np.flatnonzero(lots > 0)
    side = np.where(lacking[at] > 0, BUY, SELL)
    if len(np.unique(side)) < 2:
        return together()
    cleared = call_auction(Bids(side=side, tick=np.where(side == BUY, most, last), lots=lots[at], market=np.zeros(len(at), dtype=bool)), last, "prorata")
    moved = np.zeros(len(lots), dtype=np.int64)
    moved[at] = np.where(side == BUY, 1, -1) * cleared.fills
    (_move_targets if is_target else _move_free)(world, right, moved * instrument.lot_base)
    world.state.law[f"governments sold/{right.key}"] = _sold(world, right) + np.maximum(-moved, 0) * instrument.lot_base
    for place in np.flatnonzero(moved > 0).tolist():
        _note(world, f"bought {right.key}", place, int(moved[place]) * instrument.lot_base)
    fen, venue = np.abs(moved) * (cleared.tick or 0) * instrument.tick_fen, world.ledger.accounts.index("treasury")
    buys, sells = moved > 0, moved < 0  # one side pays in what the other is paid out: the treasury keeps nothing
    return together(entries("transfer", MONEY, accounts[buys], venue, fen[buys]), entries("transfer", MONEY, venue, accounts[sells], fen[sells]))


def _offered(world: World, right: Right, unused: np.ndarray) -> np.ndarray:
    """Of what districts do not use up, what they may sell: all, or up to the share of the rule of sale over the whole year. Shape (districts,)."""
    if right.sale is None:
        return unused
    sold = _sold(world, right)
    return np.maximum(scale(unused + sold, right.sale.parameters.unused_share) - sold, 0)


def _sold(world: World, right: Right) -> np.ndarray:
    return world.state.law.get(f"governments sold/{right.key}", np.zeros(len(world.setting.city.districts), dtype=np.int64))


def _lacking(world: World, right: Right) -> np.ndarray:
    """What each district's firms lack of a right together, below zero what they have to spare. Shape (districts,) base units."""
    everybody = np.arange(len(world.setting.firms.id))
    gap = np.rint(open_gap(world, right, everybody) * right.instrument.base_per_unit).astype(np.int64)
    return by_district(world, np.where(world.setting.firms.covered[right.index], gap, 0))


def _spare(world: World, right: Right, is_target: bool) -> np.ndarray:
    """What each district can give away: its total target, or the free amounts still to come of its firms."""
    return world.state.targets["total"] if is_target else by_district(world, _to_come(world, right))


def _to_come(world: World, right: Right) -> np.ndarray:
    covered = world.setting.firms.covered[right.index]
    return np.where(covered, np.maximum(world.state.final[right.index] - world.state.given[right.index], 0), 0)


def _move_targets(world: World, right: Right, amount: np.ndarray) -> None:
    for name in ("total", "allowed"):
        world.state.targets[name] = world.state.targets[name] + amount


def _move_free(world: World, right: Right, amount: np.ndarray) -> None:
    """Districts give and get free amounts: taken in proportion to what is still to come, given in proportion to use."""
    to_come = _to_come(world, right)
    use = np.where(world.setting.firms.covered[right.index], world.setting.use[right.index], 0)
    for place in np.flatnonzero(amount).tolist():
        here = np.flatnonzero(_firms(world, place) & ((use if amount[place] > 0 else to_come) > 0))
        weights = use[here] if amount[place] > 0 else to_come[here]
        part = largest_remainder(weights, abs(int(amount[place])))
        world.state.final[right.index, here] += part if amount[place] > 0 else -part


def _firms(world: World, place: int) -> np.ndarray:
    return world.setting.firms.region == world.setting.city.districts[place].adcode


def _accounts(world: World) -> np.ndarray:
    return np.array([world.ledger.accounts.index(f"government/{region.adcode}") for region in world.setting.city.districts])


def _pay(world: World, fen: np.ndarray, *, into: bool) -> Entries:
    treasury, accounts = world.ledger.accounts.index("treasury"), _accounts(world)
    return entries("transfer", MONEY, treasury, accounts, fen) if into else entries("transfer", MONEY, accounts, treasury, fen)


def _note(world: World, what: str, place: int, amount: int) -> None:
    if amount:
        world.state.readings.append((f"government {what}", str(world.setting.city.districts[place].adcode), 0.0, amount))


def rows(world: World) -> list[tuple[str, str, str, int]]:
    """What governments did, as rows (region, metric, unit, value) of the summary; nothing where they do nothing."""
    if world.setting.question.governments is None:
        return []
    unit = watched(world).instrument.base_unit
    names = {"tightened": unit, "subsidised": "fen", "curtailed": unit}
    names |= {f"bought {right.key}": right.instrument.base_unit for right in world.setting.rights if right.key in world.setting.question.governments.trade}
    done = [row for row in world.state.readings if str(row[0]).startswith("government ")]
    found = []
    for what, kind in names.items():
        head, _, key = what.partition(" ")
        metric = f"{key}.governments_bought" if key else f"govern.{head}"
        for region in world.setting.city.districts:
            amount = sum(row[3] for row in done if row[0] == f"government {what}" and row[1] == str(region.adcode))
            found.append((str(region.adcode), metric, kind, int(amount)))
    return found
