"""marketsim: rights and electricity traded between districts under dual-control targets."""

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(path):
    """Read a scenario (a file, or the name of a packaged one) or a result folder.

    Gives a `scenario.Scenario`, or a `study.stored.Stored` with `summary`, `series`, `journal` and `manifest`.
    Raises InputError when the folder is not a sound result, ProblemsFound with every problem of a scenario.
    """
    from pathlib import Path  # everything is imported when asked for: `marketsim --help` must answer at once

    if Path(path).is_dir():
        from marketsim.study.stored import load as read
    else:
        from marketsim.scenario import load as read
    return read(path)
