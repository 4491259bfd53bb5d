"""One run: found the world, start the institutions on one clock, and let it run to its end."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

import simpy

from marketsim.lean import mesa
from marketsim.simulation.found import found
from marketsim.simulation.institutions import INSTITUTIONS, agenda, process
from marketsim.simulation.result import Result, result
from marketsim.simulation.world import World
from marketsim.simulation.years import run_years

Progress = Callable[[int, int, str], None]


def run(scenario, seed: int | None = None, progress: Progress | None = None) -> Result:
    """Run `scenario` to its end. Same scenario, same seed: same journal, byte for byte."""
    if scenario.question.years > 1:
        return run_years(scenario, seed, lambda world: play(world, progress))
    world = found(scenario, seed)
    world.agenda = agenda(world)
    play(world, progress)
    return result(world)


def replicate(scenario, seeds: Iterable[int]) -> Iterator[Result]:
    """Run a scenario with one seed after another, each byte for byte as alone.

    Data files are read and kernels loaded once for all of them; from here on every run of the process takes the compiled ways.
    """
    import_module("numba")
    for seed in seeds:
        yield run(scenario, seed)


def play(world: World, progress: Progress | None = None) -> None:
    """Let the institutions act from where the world stands to the end of its calendar."""
    clock = simpy.Environment(initial_time=max(world.state.now, 0))
    for institution in INSTITUTIONS:
        clock.process(process(clock, world, institution))
    if progress is not None:
        clock.process(_watch(clock, world, progress))
    try:
        clock.run()
    finally:  # Mesa keeps every model it ever counted alive; a sweep would never give their memory back
        mesa.Agent._ids.pop(world, None)


def _watch(clock: simpy.Environment, world: World, progress: Progress):
    end = world.agenda[-1].tick
    while clock.now < end:
        progress(clock.now, end, world.setting.calendar.day(clock.now).isoformat())
        yield clock.timeout(min(24 * 32 * 10, end - clock.now))
    progress(end, end, world.setting.calendar.end.isoformat())
