"""marketsim: rights and electricity traded between districts under dual-control targets."""

__version__ = "0.1.0"
__all__ = ["__version__", "compare", "load", "run"]

# Everything is imported when asked for: `marketsim --help` must answer at once.


def load(path):
    """Read a scenario (a file, or the name of a packaged one) or a result folder.

    Gives a `scenario.Scenario`, a `study.stored.Stored` with `summary`, `series`, `journal` and `manifest`, or for many runs a
    `study.opened.Study` with `summary`, `runs`, `scorecard`, `series(metric)`, `over_time(metric)`, `compare(...)` and `query(sql)`.
    Frames have their units in `attrs["units"]`. Raises InputError when the folder is not a sound result, ProblemsFound with every
    problem of a scenario.
    """
    from os.path import isdir
    from pathlib import Path

    _expect(path, (str, Path), "a path, or the name of a packaged scenario")
    if not isdir(path):
        return _scenario(path)
    from marketsim.report.notebook import load as read  # what it opens, a notebook shows as a report

    return read(path)


def run(scenario, *, seed=None, out="results"):
    """Run a scenario (a file, the name of a packaged one, or what `load` made of one) and open its result folder.

    Gives a `study.stored.Stored`. Raises InputError for what is no scenario or no seed, ProblemsFound for a bad scenario,
    RunError when the disk refuses.
    """
    from pathlib import Path

    from marketsim.errors import InputError
    from marketsim.messages import say
    from marketsim.report import build
    from marketsim.study.run import run_scenario

    _expect(out, (str, Path), "a folder for results")
    _expect(seed, (int, type(None)), "a seed, a whole number")
    if seed is not None and not 0 <= seed < 2**31:
        raise InputError(say("cli.seed", {"seed": str(seed)}))
    return load(run_scenario(_scenario(scenario), out=out, seed=seed, render=build).folder)


def compare(study, *, out="results", jobs=None, until=None):
    """Run what a study (a file, or what `load` made of one) lacks, on `jobs` processes, and open its folder.

    `until` ("cost ± 2%") adds luck until differences are known so well. Gives a `study.opened.Study`. Raises InputError for
    what is no study, ProblemsFound for a bad one, RunError when the disk refuses or another process is at work on it.
    """
    from pathlib import Path

    from marketsim.errors import InputError
    from marketsim.messages import say
    from marketsim.study import compare as room
    from marketsim.study import engine

    _expect(jobs, (int, type(None)), "a number of processes")
    if jobs is not None and jobs < 1:
        raise InputError(say("study.positive", {"option": "jobs", "value": str(jobs)}))
    _expect(until, (str, type(None)), "a goal, such as “cost ± 2%”")
    _expect(out, (str, Path), "a folder for results")
    goal = None if until is None else room.until(until)
    done = room.compare(_scenario(study), Path(out), engine.local(jobs), lambda done, total, text: None, goal)
    return load(done.folder)


def _scenario(what):
    """A scenario as it is, or read from where it stands."""
    from os.path import isdir
    from pathlib import Path

    from marketsim.errors import InputError, printable
    from marketsim.scenario import Scenario
    from marketsim.scenario import load as read

    _expect(what, (str, Path, Scenario), "a scenario: a path, the name of a packaged one, or what marketsim.load gives")
    if isinstance(what, Scenario):
        return what
    if isdir(what) or not str(what):
        raise InputError(f"“{printable(str(what))}” is a folder; a scenario is a file, such as {Path(what) / 'scenario.yaml'}")
    return read(what)


def _expect(what, kinds, told):
    """Raise InputError where an argument is of no use."""
    from marketsim.errors import InputError, printable

    if isinstance(what, bool) or not isinstance(what, kinds):
        raise InputError(f"expected {told}, not {printable(repr(what))} ({type(what).__name__})")
