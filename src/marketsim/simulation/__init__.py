"""One run: the loop and its phases, and the world they act on."""

from marketsim.simulation.result import Result
from marketsim.simulation.run import run

__all__ = ["Result", "run"]
