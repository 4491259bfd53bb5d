"""Verbs about many runs: compare, sweep, search, export, compact, and verify for studies."""

import json
import shlex
import sys
from argparse import Namespace
from pathlib import Path

from marketsim.errors import CheckFailed, InputError, RunError, printable
from marketsim.messages import say

PARTLY = 4
LONG = ("csv", "parquet")
"""Formats that take the longest tables too: a study's series, a run's journal."""
IN_UNITS = ("mu_star", "sigma", "low", "high")
"""What a sweep tells in the unit of the criterion; the rest are shares and correlations."""


def compare(chosen: Namespace) -> int:
    """Run what a study lacks and show its options side by side."""
    from marketsim.cli_run import Progress
    from marketsim.scenario import load
    from marketsim.study import compare as study
    from marketsim.study import robust

    scenario = load(chosen.file, tuple(chosen.set))
    goal = study.until(chosen.until, chosen.lang) if chosen.until else None
    wanted = [robust.requirement(text, scenario.question.report.judge_by, chosen.lang) for text in chosen.require]
    finished = study.compare(scenario, Path(chosen.out), _how(chosen), Progress(chosen.lang), goal, wanted)
    _show(chosen, finished, scenario)
    met = finished.scorecard.get("requirements", {}).get("met", {})
    if wanted and not any(share >= 1 for share in met.values()):
        raise CheckFailed(say("study.unmet", {"text": ", ".join(one.text for one in wanted)}, chosen.lang))
    return _code(finished)


def sweep(chosen: Namespace) -> int:
    """Run a design over the uncertain keys of a study and show which of them moves what."""
    from marketsim.cli_run import Progress
    from marketsim.scenario import load
    from marketsim.study import design, futures
    from marketsim.study.sweep import sweep as run_design

    scenario = load(chosen.file, tuple(chosen.set))
    if chosen.n < 1:
        raise InputError(say("study.positive", {"option": "--n", "value": str(chosen.n)}, chosen.lang))
    design.check(chosen.design, futures.keys(scenario), chosen.n, chosen.lang)
    finished = run_design(scenario, Path(chosen.out), _how(chosen), Progress(chosen.lang), chosen.design, chosen.n)
    if chosen.json:
        print(json.dumps({"schema": "marketsim.study/1", "folder": str(finished.folder), "digest": finished.digest, "scorecard": finished.scorecard}, ensure_ascii=False))
    else:
        for line in _influence(finished.scorecard, scenario, chosen.lang):
            print(line)
    _close(chosen, finished)
    return _code(finished)


def search(chosen: Namespace) -> int:
    """Find values of keys that serve goals best."""
    from marketsim.cli_run import Progress
    from marketsim.report.figures import show
    from marketsim.scenario import load
    from marketsim.study import search as room

    scenario = load(chosen.file, tuple(chosen.set))
    if not chosen.vary:
        raise InputError(say("study.nothing_varied", {}, chosen.lang))
    wanted = room.Search(ranges=[room.varied(text, chosen.lang) for text in chosen.vary], goals=chosen.goal or ["cost"], trials=chosen.n)
    finished = room.search(scenario, Path(chosen.out), _how(chosen), Progress(chosen.lang), wanted)
    told = finished.scorecard
    if chosen.json:
        print(json.dumps({"schema": "marketsim.study/1", "folder": str(finished.folder), "digest": finished.digest, "scorecard": told}, ensure_ascii=False))
    else:
        for option in told["efficient"]:
            values = ", ".join(f"{key} = {json.loads(text)}" for key, text in told["trials"][option].items())
            reached = ", ".join(f"{say(f'study.{goal}', {}, chosen.lang)} {show(one['options'][option]['mean'], one['unit'], 4)[chosen.lang == 'en']}" for goal, one in told["criteria"].items())
            print(f"{values}: {reached}")
    _close(chosen, finished)
    return _code(finished)


def export(chosen: Namespace) -> int:
    """A run's or a study's tables for other programs."""
    from marketsim.study import opened, stored
    from marketsim.study.export import export as write

    folder = Path(chosen.run)
    if opened.is_study(folder):
        study = opened.load(folder)
        tables = {"summary": study.summary, "runs": study.runs[["option", "future", "seed", "run", "status", "reason"]]}
        tables |= {"futures": study.futures} if len(study.futures) else {}
        tables |= {"series": study.query("SELECT * FROM series ORDER BY option, future, seed, region, tick")} if study.metrics and chosen.to in LONG else {}
    else:
        result = stored.load(folder)
        tables = {"summary": result.summary, "series": result.series} | ({"journal": result.journal} if chosen.to in LONG else {})
    files = write(tables, Path(chosen.output) if chosen.output else folder.parent / folder.name, chosen.to)
    print(json.dumps({"schema": "marketsim.export/1", "files": [str(file) for file in files]}) if chosen.json else "\n".join(map(str, files)))
    return 0


def compact(chosen: Namespace) -> int:
    """Join the many small parts of a study, finished or not, into few."""
    from marketsim.study import lock, opened, parts

    if not opened.is_study(chosen.run) and not opened.unfinished(chosen.run):
        raise InputError(say("study.no_study", {"folder": chosen.run}, chosen.lang))
    with lock.held(Path(chosen.run)):
        if damaged := parts.unsound(Path(chosen.run)):
            raise InputError(say("study.unsound", {"parts": ", ".join(damaged)}, chosen.lang))
        left = parts.compact(Path(chosen.run))
    print(json.dumps({"schema": "marketsim.compact/1", "parts": left}) if chosen.json else say("study.parts", {"count": str(left)}, chosen.lang))
    return 0


def verify(chosen: Namespace) -> int:
    """Whether a result folder is what was written; of a study, a share of its runs is done again and compared."""
    from marketsim import cli_run
    from marketsim.study import engine, opened, parts

    if opened.unfinished(chosen.run):
        damaged = parts.unsound(Path(chosen.run))
        wrong = [say("study.unfinished", {"folder": chosen.run, "count": str(len(parts.listed(Path(chosen.run))))}, chosen.lang)]
        wrong += [say("study.unsound", {"parts": ", ".join(damaged)}, chosen.lang)] if damaged else []
    elif not opened.is_study(chosen.run):
        return cli_run.verify(chosen)
    else:
        wrong = opened.verify(chosen.run, chosen.again, engine.local(chosen.jobs))
    if chosen.json:
        print(json.dumps({"schema": "marketsim.verify/1", "run": chosen.run, "problems": wrong}, ensure_ascii=False))
    if wrong:
        raise CheckFailed("\n".join(wrong))
    if not chosen.json:
        print(say("cli.verified", {"file": chosen.run}, chosen.lang))
    return 0


def _show(chosen: Namespace, finished, scenario) -> None:
    """The scorecard, and in words where options fail what is required."""
    from marketsim.report.scoreboard import scoreboard
    from marketsim.study.named import named

    question = scenario.question
    labels = {name: option.label.model_dump() for name, option in question.options.items()}
    about = {"title": scenario.title, "labels": labels, "baseline": question.report.baseline, "paired": question.runs.paired, "rights": named(scenario)["about"]["rights"]}
    if chosen.json:
        print(json.dumps({"schema": "marketsim.study/1", "folder": str(finished.folder), "digest": finished.digest, "scorecard": finished.scorecard}, ensure_ascii=False))
    else:
        print(scoreboard(finished.scorecard, about, chosen.lang, sys.stdout))
    for sentence in _sentences(finished.scorecard, labels, chosen.lang):
        print(sentence, file=sys.stderr if chosen.json else sys.stdout)
    _close(chosen, finished)


def _influence(told: dict, scenario, lang: str) -> list[str]:
    """Criterion by criterion and option by option, what each uncertain key does, the most influential first."""
    from marketsim.report.figures import show
    from marketsim.study.sweep import order

    found = []
    for criterion, by_option in told["sensitivity"].items():
        unit = told["criteria"][criterion]["unit"]
        for option, by_key in by_option.items():
            label = scenario.question.options[option].label.model_dump()[lang] if option in scenario.question.options else option
            found += [f"{say(f'study.{criterion}', {}, lang)} · {label}"] if by_key else []
            for key, values in order(by_key):
                shown = [
                    f"{say(f'study.{name}', {}, lang)} {show(value, unit, 3)[lang == 'en'] if name in IN_UNITS else f'{value:.2f}'}" + (f" ± {values[f'{name}_se']:.2f}" if values.get(f"{name}_se") is not None else "")
                    for name, value in values.items() if value is not None and not name.endswith("_se")
                ]  # fmt: skip
                found.append(f"  {key}: {', '.join(shown)}")
    return found


def _sentences(told: dict, labels: dict, lang: str) -> list[str]:
    """What a table cannot say: options no other beats, where options fail, and whether a goal for the intervals is met."""
    from marketsim.report.figures import show
    from marketsim.report.scoreboard import names
    from marketsim.study.scorecard import CRITERIA

    named = {option: labels.get(option, {}).get(lang, option) for option in told["options"]}
    found = []
    if len(named) > 1 and len(told["criteria"]) > 1:
        found.append(say("study.efficient", {"options": names(told["efficient"], labels, lang)}, lang))
    for option, fails in told.get("requirements", {}).get("fails", {}).items():
        found += [f"{named[option]}: {sentence}" for sentence in dict.fromkeys(by_lang[lang] for by_lang in fails.values())]
    if goal := told.get("goal"):
        widths = {name: "∞" if goal[name] is None else show(goal[name], CRITERIA[goal["criterion"]].unit, 3)[lang == "en"] for name in ("wanted", "reached")}
        met = goal["reached"] is not None and goal["reached"] <= goal["wanted"]
        found.append(say("study.goal_met" if met else "study.goal_unmet", widths | {"criterion": say(f"study.{goal['criterion']}", {}, lang)}, lang))
    return found


def _close(chosen: Namespace, finished) -> None:
    """What was damaged or failed, what to do next, and the digest, on standard error."""
    for name in finished.damaged:
        print(say("study.damaged", {"part": name}, chosen.lang), file=sys.stderr)
    if finished.failed:
        print(say("study.failed", {"failed": str(finished.failed), "total": str(finished.total), "file": str(finished.folder / "runs.csv")}, chosen.lang), file=sys.stderr)
    following = ["report", str(finished.folder)] if chosen.verb == "compare" and finished.scorecard.get("criteria") else ["export", str(finished.folder), "--to", "csv"]
    print(say("cli.next", {"command": shlex.join(["marketsim", *following])}, chosen.lang), file=sys.stderr)
    print(f"digest {finished.digest}", file=sys.stderr)


def _code(finished) -> int:
    """0 when every run is done, 4 when some are, 3 when none is."""
    if finished.failed == finished.total:
        raise RunError.of("error.no_run", {"file": str(finished.folder / "runs.csv")})
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
