"""Rules that break a city's target down to districts; what they give adds up to the city's amount exactly."""

from marketsim.policy.decomposition import equal_rate, population, value_added
from marketsim.policy.decomposition.districts import Districts, at_projected_output, intensity_goal
from marketsim.policy.rule import table

__all__ = ["RULES", "Districts", "at_projected_output", "intensity_goal"]

RULES = table(equal_rate.RULE, value_added.RULE, population.RULE)
