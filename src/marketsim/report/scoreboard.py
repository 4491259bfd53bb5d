"""The scorecard of a study on a terminal: options side by side, what may be said of them, and how sure that is."""

from collections.abc import Mapping
from typing import TextIO

from marketsim.messages import say
from marketsim.report.figures import show

MARKS = {"best": "✓", "tie": "≈", "": ""}


def scoreboard(told: Mapping, about: Mapping, lang: str, file: TextIO) -> str:
    """What `marketsim compare` shows of a scorecard; `about` holds the study's title and the labels of its options."""
    from rich.console import Console

    console = Console(file=file, highlight=False)
    with console.capture() as capture:
        console.print(about["title"][lang], style="bold", markup=False)
        for line in verdict(told, about["labels"], lang):
            console.print(line, markup=False, soft_wrap=True)
        console.print(_means(told, about["labels"], lang))
        differences = _differences(told, about, lang)
        if differences.row_count:
            console.print(differences)
    return capture.get()


def verdict(told: Mapping, labels: Mapping, lang: str) -> list[str]:
    """One sentence a criterion: which option is best, or between which it is a tie and what would end it."""
    lines = []
    for name, one in told["criteria"].items():
        values = {"criterion": say(f"study.{name}", {}, lang)}
        best = [option for option, found in one["options"].items() if found["mark"] == "best"]
        tied = [option for option, found in one["options"].items() if found["mark"] == "tie"]
        if best:
            lines.append(say("study.best", values | {"option": _label(best[0], labels, lang)}, lang))
        elif tied:
            values["options"] = ("、" if lang == "zh" else ", ").join(_label(option, labels, lang) for option in tied)
            needed = one["observations_needed"]
            key = "study.tie" if needed is None or needed > 100_000 else "study.tie_needed"
            lines.append(say(key, values | {"needed": str(needed), "count": str(told["observations"])}, lang))
    return lines


def _means(told: Mapping, labels: Mapping, lang: str):
    table = _table(["", *(_label(option, labels, lang) for option in told["options"])])
    for name, one in told["criteria"].items():
        cells = [f"{MARKS[found['mark']]} {_value(found['mean'], one['unit'], lang)}".strip() for found in one["options"].values()]
        table.add_row(say(f"study.{name}", {}, lang), *cells)
    for key, unit in (("above_least", "fen"), ("share_of_gain", "1")):
        table.add_row(say(f"study.{key}", {}, lang), *(_value(told["planner"].get(option, {}).get(key, {}).get("mean"), unit, lang) for option in told["options"]))
    if "cost" in told["regret"]:
        table.add_row(say("study.regret", {}, lang), *(_value(told["regret"]["cost"].get(option, {}).get("largest"), "fen", lang) for option in told["options"]))
    if told.get("requirements"):
        table.add_row(" & ".join(told["requirements"]["text"]), *(_value(told["requirements"]["met"].get(option), "1", lang) for option in told["options"]))
    return table


def _differences(told: Mapping, about: Mapping, lang: str):
    """Against the baseline, each other option's paired difference with its adjusted interval."""
    base = about["baseline"] or told["options"][0]
    others = [option for option in told["options"] if option != base]
    table = _table([say("study.against", {"option": _label(base, about["labels"], lang)}, lang), *(_label(option, about["labels"], lang) for option in others)])
    for name, one in told["criteria"].items() if others else ():
        cells = []
        for option in others:
            found = next(d for d in one["differences"] if {d["first"], d["second"]} == {base, option})
            sign = 1 if found["first"] == option else -1
            ends = sorted(sign * found[key] for key in ("low", "high")) if found["low"] is not None else [None, None]
            cells.append(f"{_value(found['mean'] and sign * found['mean'], one['unit'], lang)} [{_value(ends[0], one['unit'], lang)}, {_value(ends[1], one['unit'], lang)}]")
        table.add_row(say(f"study.{name}", {}, lang), *cells)
    return table


def _value(value: float | None, unit: str, lang: str) -> str:
    return "–" if value is None else show(value, unit, 3)[lang == "en"]


def _label(option: str, labels: Mapping, lang: str) -> str:
    return labels[option][lang] if option in labels else option


def _table(head: list[str]):
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for n, name in enumerate(head):
        table.add_column(Text(name), justify="right" if n else "left")
    return table
