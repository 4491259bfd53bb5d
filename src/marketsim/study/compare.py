"""A study from its file to its folder: plan, run what is missing, and publish the same bytes whoever did the work.

The folder holds the parts, `summary.csv` (every figure of every run), `runs.csv` (what became of each run), `scorecard.json` and
`manifest.json`, which comes last. Doing it again computes nothing that is there.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas

from marketsim.errors import InputError, RunError, printable
from marketsim.messages import say
from marketsim.scenario import Scenario
from marketsim.study import collect, lock, robust, statistics
from marketsim.study import folder as disk
from marketsim.study.backlog import Tell
from marketsim.study.engine import How, run_missing
from marketsim.study.futures import drawn
from marketsim.study.named import named
from marketsim.study.parts import DONE
from marketsim.study.plan import Plan, folder_hash, options, plan, size
from marketsim.study.robustness import robustness
from marketsim.study.scorecard import CRITERIA, scorecard, tables

STUDY = "marketsim.study/1"
UNTIL = re.compile(r"\s*([^\s\d±+＋正]+)\s*(?:±|\+-|\+/-|＋－|正负)\s*(\d+(?:\.\d+)?)\s*[%％]\s*")
MOST_LOOKS = 12


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A study on disk: its folder, digest, scorecard, and how many of its runs have no result."""

    folder: Path
    digest: str
    scorecard: dict
    failed: int
    total: int
    damaged: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Until:
    """Stop when every difference between options on `criterion` is known to ± `share` of the baseline's mean."""

    criterion: str
    share: float


def until(text: str, lang: str = "en") -> Until:
    """Read `cost ± 2%` (also `cost +- 2%` and `总成本 ± 2％`). Raises InputError."""
    found = UNTIL.fullmatch(text)
    named = {name: name for name in CRITERIA} | {say(f"study.{name}", {}, "zh"): name for name in CRITERIA}
    if not found or found.group(1) not in named or not float(found.group(2)) > 0:
        raise InputError(say("study.no_goal", {"text": printable(text), "known": ", ".join(CRITERIA)}, lang))
    return Until(criterion=named[found.group(1)], share=float(found.group(2)) / 100)


def compare(scenario: Scenario, out: Path, how: How, tell: Tell, goal: Until | None = None, requirements: Sequence[robust.Requirement] = ()) -> Finished:
    """Run what a study lacks and publish its scorecard.

    With a goal, more luck is added (futures where there are any, else seeds), half as much again each time, until the goal is
    met; the number of runs the study asks for is then where it begins. Raises RunError when the disk refuses or another process
    is at work in the folder.
    """
    question = scenario.question
    futures, seeds = size(scenario)
    folder = study_folder(scenario, out)
    with lock.held(folder):
        damaged: list[str] = []
        for look in range(MOST_LOOKS if goal else 1):
            asked = plan(scenario, drawn(scenario, futures), seeds)
            damaged += run_missing(asked, folder, how, tell)
            wanted = collect.asked(asked, folder)
            if goal is None or _reached(folder, wanted, scenario, goal):
                break
            if look < MOST_LOOKS - 1:
                futures, seeds = _more(scenario, futures, seeds)
        swept: dict = {}
        if question.report.robustness:
            swept, broken = robustness(scenario, folder, how, tell)
            damaged += broken
        told = scorecard(folder, collect.in_order(wanted, asked.options), question.report.judge_by, requirements, asked.futures) | {"goal": _goal(goal, folder, wanted, scenario)} | ({"robustness": swept} if swept else {})
        return publish(folder, asked, wanted, told, damaged)


def study_folder(scenario: Scenario, out: Path) -> Path:
    """Where a study's results stand: more options, futures or seeds do not move it."""
    return Path(out) / disk.folder_name(scenario.name, folder_hash(scenario))


def publish(folder: Path, asked: Plan, wanted: pandas.DataFrame, told: dict, damaged: Sequence[str] = ()) -> Finished:
    """Write summary, runs, scorecard and manifest of a study. Raises RunError when the disk refuses."""
    scenario, digest = asked.scenario, collect.digest(folder, wanted)
    labels = {name: option.label.model_dump() for name, option in scenario.question.options.items()}
    manifest = {
        "schema": STUDY, "name": scenario.name, "hash": folder_hash(scenario), "code": disk.code_version(), "seed": scenario.seed,
        "title": scenario.title, "labels": labels, "baseline": scenario.question.report.baseline, "question": asked.context["question"], "folder": str(scenario.folder),
        "futures": {future.name: dict(future.values) for future in asked.futures}, "runs": told.get("runs", {}), "digest": digest,
        "random": "Philox, addressed by seed, replication, purpose and step", "summary_columns": list(collect.SUMMARY_COLUMNS),
    } | named(scenario)  # fmt: skip
    writers: dict[str, Callable[[Path], None]] = {
        "summary.csv": lambda file: _lines(file, collect.summary_lines(folder, wanted)),
        "runs.csv": lambda file: _lines(file, collect.run_lines(wanted)),
        "scorecard.json": lambda file: _lines(file, [json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False), "\n"]),
    }

    def finish() -> bytes:
        staged = {name: disk.staged(folder, name) for name in writers}
        manifest["files"] = {name: {"sha256": disk.sha256(file), "bytes": file.stat().st_size} for name, file in staged.items()}
        return disk.sealed(manifest)

    try:
        disk.write(folder, writers, finish)
    except OSError as error:
        raise RunError.of("error.disk", {"folder": str(folder), "why": str(error.strerror or error)}) from error
    failed = int((wanted["status"] != DONE).sum())
    return Finished(folder=folder, digest=digest, scorecard=told, failed=failed, total=len(wanted), damaged=tuple(damaged))


def _lines(file: Path, lines) -> None:
    with file.open("w", encoding="utf-8", newline="\n") as opened:
        opened.writelines(lines)


def _widths(folder: Path, wanted: pandas.DataFrame, scenario: Scenario, goal: Until) -> tuple[list[statistics.Interval], float]:
    """The differences a goal speaks of, and how exactly it wants them, in the unit of the criterion."""
    values = tables(folder, wanted, [goal.criterion]).get(goal.criterion)
    if values is None:
        return [], 0.0
    found = statistics.judge(values, CRITERIA[goal.criterion].lower_is_better)
    baseline = scenario.question.report.baseline or options(scenario)[0]
    known = list(found.differences.values()) or list(found.means.values())
    return known, abs(found.means[baseline].mean) * goal.share


def _reached(folder: Path, wanted: pandas.DataFrame, scenario: Scenario, goal: Until) -> bool:
    known, width = _widths(folder, wanted, scenario, goal)
    return not statistics.more(known, width)


def _goal(goal: Until | None, folder: Path, wanted: pandas.DataFrame, scenario: Scenario) -> dict | None:
    if goal is None:
        return None
    known, width = _widths(folder, wanted, scenario, goal)
    widest = max((found.half for found in known), default=0.0)
    return {"criterion": goal.criterion, "share": goal.share, "wanted": width, "reached": widest if widest < float("inf") else None}


def _more(scenario: Scenario, futures: int, seeds: int) -> tuple[int, int]:
    """Half as much luck again, in whatever is the unit of observation."""
    if scenario.question.uncertainty and futures > 1:
        return futures + max(1, futures // 2), seeds
    return futures, seeds + max(1, seeds // 2)


