"""marketsim: rights and electricity traded between districts under dual-control targets."""

__version__ = "0.1.0"
__all__ = ["__version__", "compare", "load", "run"]

# Everything is imported when asked for: `marketsim --help` must answer at once.


def load(path):
    """Read a scenario (a file, or the name of a packaged one) or a result folder.

    Gives a `scenario.Scenario`, a `study.stored.Stored` with `summary`, `series`, `journal` and `manifest`, or for many runs a
    `study.opened.Study` with `summary`, `runs`, `scorecard`, `series(metric)`, `over_time(metric)`, `compare(...)` and `query(sql)`.
    Raises InputError when the folder is not a sound result, ProblemsFound with every problem of a scenario.
    """
    from pathlib import Path

    if not Path(path).is_dir():
        from marketsim.scenario import load as read
    else:
        from marketsim.report.notebook import load as read  # what it opens, a notebook shows as a report
    return read(path)


def run(path, *, seed=None, out="results"):
    """Run the scenario in a file, or the packaged one of that name, and open its result folder (`study.stored.Stored`).

    Raises ProblemsFound for a bad scenario, RunError when the disk refuses.
    """
    from marketsim.report import build
    from marketsim.study.run import run_scenario

    return load(run_scenario(path, out=out, seed=seed, render=build).folder)


def compare(path, *, out="results", jobs=None):
    """Run what a study lacks, on `jobs` processes, and open its folder (`study.opened.Study`).

    Raises ProblemsFound for a bad study, RunError when the disk refuses or another process is at work on it.
    """
    from pathlib import Path

    from marketsim.scenario import load as read
    from marketsim.study import engine
    from marketsim.study.compare import compare as run_study

    done = run_study(read(path), Path(out), engine.local(jobs), lambda done, total, text: None)
    return load(done.folder)
