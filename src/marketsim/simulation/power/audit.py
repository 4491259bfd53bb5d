"""The double-count auditor of a run: no kWh serves two uses that exclude each other, and switches that price a tonne twice are told.

Rules that came into force later than the year that is run are applied as well: what a scenario takes from a later law it takes with its limits.
Source: `configs/grid/exchange_rules.csv`, each rule with its own source.
"""

from datetime import date

import numpy as np

from marketsim import resources
from marketsim.domain.presets import Exclusion, read_exclusions
from marketsim.markets.audit import Claims, conflicting, counted_twice
from marketsim.simulation.power.year import MILLION
from marketsim.simulation.world import World

USES = ("green-delivery", "certificate", "mechanism-price")
KNOWN = date.max


def twice_kwh(world: World) -> int:
    """What plants sold of the same output for two uses that exclude each other, kWh of the year."""
    year, found, made = world.setting.power, world.state.power, world.state.generation.sum(axis=1)
    nothing = np.zeros(len(made), np.int64)
    covered = nothing if year.extras.covered_ppm is None else made * year.extras.covered_ppm // MILLION
    claimed = [found.get("green by unit", nothing), found.get("certificates by unit", nothing), covered]
    claims = Claims(uses=USES, item=np.tile(np.arange(len(made)), len(USES)), use=np.repeat(np.arange(len(USES)), len(made)), kwh=np.concatenate(claimed))
    return sum(finding.kwh for finding in counted_twice(claims, made, _rules(), KNOWN))


def priced_twice(world: World) -> list[Exclusion]:
    """Rules broken by switches that are all on: a price passed through to users who also answer for the power they use."""
    power, setting = world.setting.question.power, world.setting
    if power is None or not power.pass_through:
        return []
    answered = [right.key for right in setting.rights if right.key in power.priced_rights and setting.firms.factor_per_gwh[right.index] > 0]
    return conflicting(frozenset(("pass-through", "indirect-obligation") if answered else ()), _rules(), KNOWN)


def _rules() -> tuple[Exclusion, ...]:
    return read_exclusions(resources.path("configs", "grid", "exchange_rules.csv"))
