"""The benchmark inside the run: the least cost of the very same firms, measures and caps, and what each would pay alone."""

import math
from dataclasses import dataclass, replace

import numpy as np

from marketsim.agents.abatement import saved
from marketsim.planner.least_cost import NoTrade, Plan, Problem, Supply, least_cost, no_trade, share_of_gain
from marketsim.policy.exact import scale
from marketsim.simulation.law.intervene import traded
from marketsim.simulation.law.linked import demand, resource_cost_cny, supply
from marketsim.simulation.right import Right
from marketsim.simulation.world import Setting, World

OFFSET_STEPS = 12
"""The supply curve of offsets is a straight line; the planner sees it as so many equal steps at their middle price."""


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """The planner's answer beside the run's own, in CNY a year, auctioned rights at their reserve price included.

    `banked_cny` is what the rights carried out of the year are worth at the planner's price; the share counts it as kept.
    """

    plan: Plan
    alone: NoTrade
    run_cny: float
    banked_cny: float
    share_of_gain: float | None

    @property
    def least_cny(self) -> float:
        """Outlay of all firms in a perfect market."""
        return self.plan.cost + self.plan.transfer

    @property
    def no_trade_cny(self) -> float:
        """Outlay of all firms when each is alone with its own rights."""
        return self.alone.cost + self.alone.transfer


def problem(world: World) -> Problem:
    """This year's firms, use, rights, measures, offsets and auctions, in trading units and CNY.

    Rights banked and owed from earlier years count as endowment, and so do offsets kept from them as far as they may be used; measures taken in earlier years are taken, and cost nothing any more.
    """
    setting, state = world.setting, world.state
    menu, carried, fresh = setting.menu, setting.carried, ~(setting.standing | setting.late)
    size = np.array([[right.instrument.base_per_unit] for right in setting.rights])
    covered = setting.firms.covered
    outside = [supply for right in setting.rights for supply in (*_offsets(right), *_auction(right))]
    outside += [one for link in setting.links for one in supply(link, link.right.ceiling_cny)]
    return Problem(
        need=np.where(covered, setting.use, 0) / size - saved(menu, setting.standing, covered.shape[1]),
        endowment=(np.where(covered, state.final, 0) + (0 if carried is None else carried.bank + _kept_offsets(setting) - carried.owed)) / size,
        choice_firm=menu.firm[fresh], saving=menu.saving[:, fresh], cost=menu.cost_cny[fresh],
        ceiling=np.array([right.ceiling_cny for right in setting.rights]),
        outside=tuple(outside),
    )


def _kept_offsets(setting: Setting) -> np.ndarray:
    """Offsets kept from earlier years, up to the limit of this year's use. Shape (rights, firms) base units."""
    limits = [right.compliance.parameters.offset_limit for right in setting.rights]
    return np.array([np.minimum(kept, scale(use, limit)) for kept, use, limit in zip(setting.carried.offsets, setting.use, limits, strict=True)])


def _offsets(right: Right) -> list[Supply]:
    offer = right.market.offsets
    if offer is None:
        return []
    low, high = right.per_unit_cny(offer.price_low.value), right.per_unit_cny(offer.price_high.value)
    quantity = right.units(float(offer.supply.value)) / OFFSET_STEPS
    steps = [low + (high - low) * (step + 0.5) / OFFSET_STEPS for step in range(OFFSET_STEPS)]
    return [Supply(right=right.index, quantity=quantity, unit_cost=cost, kind="cost") for cost in steps]


def _auction(right: Right) -> list[Supply]:
    sale = right.market.auction
    if sale is None:
        return []
    price = right.per_unit_cny(sale.reserve_price.value)
    return [Supply(right=right.index, quantity=right.units(float(sale.volume.value)), unit_cost=price, kind="transfer")]


def with_exports(world: World, asked: Problem) -> tuple[Problem, float]:
    """The problem with every link's partner as one more firm whose use is what it would take of ours, and the CNY all of it is worth to it.

    Each step it goes without costs what the unit is worth there; taking nothing therefore costs exactly the sum returned.
    """
    forgone = 0.0
    for link in world.setting.links:
        steps = demand(link)
        if not steps:
            continue
        units, worth = (np.array(column) for column in zip(*steps, strict=True))
        column = np.zeros((len(asked.need), 1))
        saving = np.zeros((len(asked.need), len(steps)))
        saving[link.right.index], column[link.right.index] = units, units.sum()
        forgone += float((units * worth).sum())
        asked = replace(
            asked, need=np.hstack([asked.need, column]), endowment=np.hstack([asked.endowment, np.zeros_like(column)]),
            choice_firm=np.concatenate([asked.choice_firm, np.full(len(steps), asked.need.shape[1])]),
            saving=np.hstack([asked.saving, saving]), cost=np.concatenate([asked.cost, units * worth]))
    return asked, forgone


def compare(world: World) -> Benchmark:
    """Solve both benchmarks and put the run's own outlay beside them."""
    asked, forgone = with_exports(world, problem(world))
    plan, alone = (replace(answer, cost=answer.cost - forgone) for answer in (least_cost(asked), no_trade(asked)))
    state = world.state
    spent = float(state.spent_fen["measures"].sum() + state.spent_fen["offsets"].sum()) / 100
    for right in world.setting.rights:
        short = float(state.settled[right.key].shortfall.sum())
        spent += right.units(short) * right.ceiling_cny
        if right.market.auction is not None:
            sold = sum(row[3] for row in state.readings if row[:2] == ("auction", right.key))
            spent += right.units(sold) * right.per_unit_cny(right.market.auction.reserve_price.value)
    spent += math.fsum(resource_cost_cny(world, link) for link in world.setting.links)  # rents only change hands between the parties
    # what is carried into the next year, or was bought back, was saved this year: worth the planner's price to whoever holds it
    # fsum: since Python 3.12 a plain sum of floats rounds otherwise than before
    banked = math.fsum(right.units(_left(world, right)) * float(plan.price[right.index]) for right in world.setting.rights)
    least, none = plan.cost + plan.transfer, alone.cost + alone.transfer
    return Benchmark(plan=plan, alone=alone, run_cny=spent, banked_cny=banked, share_of_gain=share_of_gain(none, spent - banked, least))


def _left(world: World, right: Right) -> float:
    """Rights of the year that firms did not use up: banked, and bought back by the government less what it released; base units."""
    bought, released = (traded(world, right, what)[0] for what in ("bought back", "released"))
    return float(world.state.settled[right.key].bank_allowed.sum() + bought - released)
