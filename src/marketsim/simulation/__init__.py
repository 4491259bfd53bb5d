"""One run: the loop and its phases, and the world they act on."""

import marketsim.lean  # noqa: F401  first of all: Mesa looks through the whole stack of imports while it is loaded
from marketsim.simulation.result import Result
from marketsim.simulation.run import replicate, run

__all__ = ["Result", "replicate", "run"]
