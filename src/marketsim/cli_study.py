"""Verbs about many runs: compare, sweep, search, export, compact, and verify for studies."""

import json
import shlex
import sys
from argparse import Namespace
from pathlib import Path

from marketsim.errors import CheckFailed, InputError, RunError, printable
from marketsim.messages import say

PARTLY = 4


def compare(chosen: Namespace) -> int:
    """Run what a study lacks and show its options side by side."""
    from marketsim.cli_run import Progress
    from marketsim.scenario import load
    from marketsim.study import compare as study
    from marketsim.study import robust

    scenario = load(chosen.file, tuple(chosen.set))
    goal = study.until(chosen.until) if chosen.until else None
    wanted = [robust.requirement(text, scenario.question.report.judge_by) for text in chosen.require]
    finished = study.compare(scenario, Path(chosen.out), _how(chosen), Progress(chosen.lang), goal, wanted)
    _show(chosen, finished, scenario)
    met = finished.scorecard.get("requirements", {}).get("met", {})
    if wanted and not any(share >= 1 for share in met.values()):
        raise CheckFailed(say("study.unmet", {"text": ", ".join(one.text for one in wanted)}, chosen.lang))
    return _code(finished)


def _show(chosen: Namespace, finished, scenario) -> None:
    """Scorecard on standard output; what to do next and the digest on standard error."""
    from marketsim.report.scoreboard import scoreboard

    labels = {name: option.label.model_dump() for name, option in scenario.question.options.items()}
    about = {"title": scenario.title, "labels": labels, "baseline": scenario.question.report.baseline}
    if chosen.json:
        print(json.dumps({"schema": "marketsim.study/1", "folder": str(finished.folder), "digest": finished.digest, "scorecard": finished.scorecard}, ensure_ascii=False))
    else:
        print(scoreboard(finished.scorecard, about, chosen.lang, sys.stdout))
    for name in finished.damaged:
        print(say("study.damaged", {"part": name}, chosen.lang), file=sys.stderr)
    if finished.failed:
        print(say("study.failed", {"failed": str(finished.failed), "total": str(finished.total), "file": str(finished.folder / "runs.csv")}, chosen.lang), file=sys.stderr)
    print(say("cli.next", {"command": shlex.join(["marketsim", "export", str(finished.folder), "--to", "xlsx"])}, chosen.lang), file=sys.stderr)
    print(f"digest {finished.digest}", file=sys.stderr)


def _code(finished) -> int:
    """0 when every run is done, 4 when some are, 3 when none is."""
    if finished.failed == finished.total:
        raise RunError(f"no run succeeded; {finished.folder / 'runs.csv'} says why")
    return PARTLY if finished.failed else 0


def _how(chosen: Namespace):
    """Where runs are done, from the options of the command line."""
    from marketsim.study import engine

    for name, value in (("--jobs", chosen.jobs), ("--timeout", chosen.timeout), ("--memory", chosen.memory)):
        if value is not None and value <= 0:
            raise InputError(say("study.positive", {"option": name, "value": printable(str(value))}, chosen.lang))
    memory = None if chosen.memory is None else int(chosen.memory * 2**20)
    made = engine.local(chosen.jobs, chosen.timeout or 3600.0, memory)
    return engine.How(limits=made.limits, dask=chosen.engine == "dask", cluster=chosen.cluster)
