"""Verbs about scenario files (check, explain, show, schema), none of which runs anything."""

import json
import shlex
import sys
from argparse import Namespace

from marketsim.errors import InputError
from marketsim.messages import catalogue, say


def check(chosen: Namespace) -> int:
    """Every problem of a scenario at once; exit code 2 where there is one."""
    from marketsim.scenario import examine

    found = examine(chosen.file, tuple(chosen.set))
    if chosen.json:
        _json("marketsim.check/1", {"file": chosen.file, "problems": [problem.record(chosen.lang) for problem in found.problems]})
    else:
        for problem in found.problems:
            print(problem.render(chosen.lang))
    if found.problems:
        _next(say("cli.problems", {"count": str(len(found.problems))}, chosen.lang))
        return 2
    if not chosen.json:
        print(say("cli.sound", {"file": chosen.file}, chosen.lang))
    verb = "compare" if found.scenario.question.options else "run"
    _next(say("cli.next", {"command": shlex.join(["marketsim", verb, chosen.file])}, chosen.lang))
    return 0


def explain(chosen: Namespace) -> int:
    """What a key, a rule, a room or a message code means."""
    from marketsim.scenario.explain import explain

    lines = _of_results(chosen.word, chosen.lang)
    try:
        lines = explain(chosen.word, chosen.lang) + lines
    except InputError:
        if not lines:
            raise
    if chosen.json:
        _json("marketsim.explain/1", {"word": chosen.word, "lines": lines})
    else:
        print("\n".join(lines))
    _next(say("cli.next", {"command": "marketsim show FILE --why"}, chosen.lang))
    return 0


def _of_results(word: str, lang: str) -> list[str]:
    """What a criterion of the scorecard, or a metric of `summary.csv` (its right by key or as R), means."""
    from marketsim.simulation.metrics import METRICS

    lines = []
    if f"criterion.{word}" in catalogue(lang):
        lines += [say("explain.criterion", {"name": word, "title": say(f"study.{word}", {}, lang)}, lang), f"  {say(f'criterion.{word}', {}, lang)}"]
    for name in dict.fromkeys((word, f"R.{word.partition('.')[2]}")):
        if name in METRICS:
            unit, en, zh = METRICS[name]
            lines += [say("explain.metric", {"name": name, "unit": say(f"metric.{unit}", {}, lang) if f"metric.{unit}" in catalogue(lang) else unit}, lang), f"  {zh if lang == 'zh' else en}"]
    return lines


def show(chosen: Namespace) -> int:
    """The resolved values of a scenario, where each was set, or what differs from another."""
    from marketsim.scenario import load
    from marketsim.scenario import show as view

    scenario = load(chosen.file, tuple(chosen.set))
    if chosen.diff:
        lines = view.difference(scenario, load(chosen.diff))
        if chosen.json:
            _json("marketsim.show/1", {"file": chosen.file, "diff": chosen.diff, "lines": lines})
        else:
            print("\n".join(lines) or say("cli.same", {}, chosen.lang))
    elif chosen.json:
        rows = [{"key": row.key, "text": row.text, "place": row.place} for row in view.rows(scenario)]
        _json("marketsim.show/1", {"file": chosen.file, "values": rows, "question": json.loads(scenario.canonical)})
    else:
        print("\n".join(view.lines(scenario, chosen.why)))
    _next(say("cli.next", {"command": shlex.join(["marketsim", "run", chosen.file])}, chosen.lang))
    return 0


def schema(chosen: Namespace) -> int:
    """The JSON Schema of scenario files."""
    from marketsim.scenario.jsonschema import schema

    print(json.dumps(schema(chosen.lang), ensure_ascii=False, indent=1))
    _next(say("cli.schema", {}, chosen.lang))
    return 0


def _json(schema_name: str, data: dict) -> None:
    print(json.dumps({"schema": schema_name, **data}, ensure_ascii=False, indent=1))


def _next(text: str) -> None:
    print(text, file=sys.stderr)
