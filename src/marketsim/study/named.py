"""The names a study's report needs and no run tells: regions, rights, notices, data grades, as they stand in a run of the question."""

from marketsim.scenario import Scenario
from marketsim.scenario.variant import under
from marketsim.simulation.about import about, sources
from marketsim.simulation.found import found


def named(scenario: Scenario) -> dict:
    """`about` and `sources` of the scenario without an option or a future; founds its world and runs nothing."""
    world = found(under(scenario, None, {}), scenario.seed)
    return {"about": about(world), "sources": sources(world)}
