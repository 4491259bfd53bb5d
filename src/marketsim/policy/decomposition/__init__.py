"""Rules that break a city's target down to districts; what they give adds up to the city's amount exactly."""

from marketsim.policy.decomposition import (
    ability_to_pay,
    composite,
    contraction,
    entropy,
    equal_marginal_cost,
    equal_rate,
    functional_zone,
    inverse_intensity,
    population,
    potential,
    responsibility,
    shapley,
    triptych,
    value_added,
    zsg_dea,
)
from marketsim.policy.decomposition.compare import who_gains
from marketsim.policy.decomposition.districts import Districts, at_projected_output, intensity_goal
from marketsim.policy.rule import table

__all__ = ["RULES", "Districts", "at_projected_output", "intensity_goal", "who_gains"]

RULES = table(
    equal_rate.RULE,
    value_added.RULE,
    population.RULE,
    inverse_intensity.RULE,
    ability_to_pay.RULE,
    responsibility.RULE,
    potential.RULE,
    functional_zone.RULE,
    entropy.RULE,
    composite.RULE,
    zsg_dea.RULE,
    shapley.RULE,
    contraction.RULE,
    triptych.RULE,
    equal_marginal_cost.RULE,
)
