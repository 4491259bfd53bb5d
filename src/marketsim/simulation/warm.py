"""Compile, or read from the cache, the kernels by which firms draw, decide, quote and post, by playing the year of the textbook city.

Source: own construction.
"""


def warmup() -> None:
    """Play the packaged textbook city with every compiled twin: arrays of few firms have the same types as those of a million."""
    import numba  # noqa: F401  where it is loaded the twins are taken for any number of firms

    from marketsim.scenario.load import load
    from marketsim.simulation.run import run

    run(load("textbook"))
