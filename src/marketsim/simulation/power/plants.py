"""The market in which power plants alone answer for what they emit themselves: free amounts by benchmark, what is due, and its money.

free = rule(kWh supplied, load factor of the year); due = min(verified, free + limit · verified), under the gas benchmark min(verified, free);
a plant pays (due − free) · price at the end of the year, or is paid it. One more kWh costs price · (e − s), e what it emits and s what it
brings at full load; `in_offers` of it goes into offers. Heat is not a product here, and no plant is air cooled: nothing public says so.
Source: national plan 2019–20 (ICAP; obligation of coal units at most a fifth of use above the free amount, gas units need not buy).
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.domain.fleet import Fleet
from marketsim.domain.ledger import MONEY, Entries, entries
from marketsim.errors import InputError
from marketsim.markets.metering import KWH_PER_GWH, metered
from marketsim.policy.allocation import Plants as Columns
from marketsim.policy.allocation.national_power import KINDS, PowerUnits
from marketsim.policy.build import build
from marketsim.policy.exact import multiply_divide, scale
from marketsim.scenario.schema_power import Plants
from marketsim.simulation.power.year import MILLION
from marketsim.simulation.world import World

FEN_PER_TICK = 10
"""Of a MWh."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What plants answer for, (units,) int64 base units: what they emitted, got free and must surrender; all 0 for who is not in the market."""

    verified: np.ndarray
    free: np.ndarray
    due: np.ndarray


def answer(chosen: Plants, fleet: Fleet, made_kwh: np.ndarray, hours: int) -> Answer:
    """What `made_kwh` (units,) in so many hours comes to; in no hours it is made at full load. Raises InputError where the fleet has no plant of the market."""
    inside, kind = _kinds(fleet)
    own = multiply_divide(made_kwh, fleet.own_use_per_gwh, np.full(len(fleet), KWH_PER_GWH))
    able = np.maximum(fleet.capacity_kw * hours, 1)
    rule, parameters = build("allocation", chosen.allocation.model_dump())
    units = PowerUnits(kind=kind, supplied_kwh=made_kwh - own, heat_mj=0 * own, load_ppm=np.minimum(multiply_divide(made_kwh, np.full(len(fleet), MILLION), able), MILLION),
                       heat_share_ppm=0 * own, air_cooled=np.zeros(len(fleet), bool))  # fmt: skip
    free = rule.apply(parameters, Columns(covered=inside, power=units))
    turned = fleet.meter_per_gwh[fleet.rights.index(chosen.right)]
    verified = np.where(inside, metered(made_kwh[:, None], turned[None])[0, :, 0], 0)
    beyond = np.where(kind == KINDS.index("gas"), 0, scale(verified, chosen.most_short))
    return Answer(verified=verified, free=free, due=np.minimum(verified, free + beyond))


def _kinds(fleet: Fleet) -> tuple[np.ndarray, np.ndarray]:
    """Which units are in the market, and the place of each one's benchmark in KINDS (0 for the others); (units,) each."""
    names = [fleet.benchmarks[technology] for technology in fleet.technology] if fleet.benchmarks else []
    inside = np.array([name != "" for name in names], bool)
    strange = sorted(set(names) - {"", *KINDS})
    if strange or not inside.any():
        raise InputError(f"power.plants: technologies.csv must name the `benchmark` of technologies in the market, one of {', '.join(KINDS)}; "
                         + (f"found {strange[0]}" if strange else "it names none"))  # fmt: skip
    return inside, np.array([KINDS.index(name) if name else 0 for name in names], np.int64)


def plants_tick(chosen: Plants, fleet: Fleet) -> np.ndarray:
    """What the market adds to offers, below zero for who brings more than it emits; (units,) ticks."""
    one = answer(chosen, fleet, np.full(len(fleet), KWH_PER_GWH, np.int64), 0)
    gas = _kinds(fleet)[1] == KINDS.index("gas")
    more = np.where(gas, np.minimum(one.verified - one.free, 0), one.verified - one.free)
    fen_per_mwh = chosen.price.value * chosen.in_offers / 1000
    return np.array([int(Fraction(int(amount)) * fen_per_mwh // FEN_PER_TICK) for amount in more], np.int64)


def settle_plants(world: World, month: int) -> Entries | None:
    """In December what plants lack they buy, and what they have too much they sell; None before, and where there is no such market."""
    chosen, year = world.setting.question.power.plants, world.setting.power
    if chosen is None or month != 11:
        return None
    done = answer(chosen, year.fleet, world.state.generation.sum(axis=1), int(year.hours.days.sum()))
    fen = np.array([int(Fraction(int(amount)) * chosen.price.value // 1) for amount in done.due - done.free], np.int64)
    for name, amount in (("verified", done.verified), ("free", done.free), ("due", done.due), ("paid", fen)):
        world.state.power[f"plants.{name}"] = amount
    outside, pays = world.ledger.accounts.index("outside"), fen > 0
    return entries("transfer", MONEY, np.where(pays, year.unit_account, outside), np.where(pays, outside, year.unit_account), np.abs(fen))
