"""The question as frozen data: read strictly, checked all at once, explained."""

from marketsim.scenario.load import Examined, Scenario, examine, load

__all__ = ["Examined", "Scenario", "examine", "load"]
