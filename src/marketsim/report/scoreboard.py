"""The scorecard of a study on a terminal: options side by side, what may be said of them, and how sure that is."""

from collections.abc import Mapping, Sequence
from typing import TextIO

from marketsim.messages import say
from marketsim.report.blocks import scale
from marketsim.report.figures import show, show_apart

TELLING = 0.001
"""Options that hand out amounts this far apart, as a share of the baseline's, are told."""
MARKS = {"best": "✓", "tie": "≈", "": ""}


def scoreboard(told: Mapping, about: Mapping, lang: str, file: TextIO) -> str:
    """What `marketsim compare` shows of a scorecard; `about` holds the study's title, labels of options, rights, baseline, and whether luck is paired."""
    from rich.console import Console

    console = Console(file=file, highlight=False)
    with console.capture() as capture:
        console.print(about["title"][lang], style="bold", markup=False)
        for line in [*verdict(told, about["labels"], lang), *amounts(told, about, lang)]:
            console.print(line, markup=False, soft_wrap=True)
        console.print(_by_criterion(told, about, lang))
        console.print(_beyond(told, about, lang))
        console.print(sureness(told, about["paired"], lang), markup=False, soft_wrap=True)
    return capture.get()


def verdict(told: Mapping, labels: Mapping, lang: str) -> list[str]:
    """One sentence a criterion: which option is best, or between which it is a tie and what would end it."""
    lines, order = [], {option: n for n, option in enumerate(labels)}
    for name, one in told["criteria"].items():
        values = {"criterion": say(f"study.{name}", {}, lang)}
        options = sorted(one["options"], key=lambda option: order.get(option, len(order)))
        best = [option for option in options if one["options"][option]["mark"] == "best"]
        tied = [option for option in options if one["options"][option]["mark"] == "tie"]
        if best:
            lines.append(say("study.best", values | {"option": f"“{_label(best[0], labels, lang)}”"}, lang))
        elif tied:
            values["options"] = names(tied, labels, lang)
            needed = one["observations_needed"]
            key = "study.tie" if needed is None or needed > 100_000 else "study.tie_needed"
            lines.append(say(key, values | {"needed": str(needed), "count": str(told["observations"])}, lang))
    return lines


def amounts(told: Mapping, about: Mapping, lang: str) -> list[str]:
    """A sentence where options hand out other amounts than the baseline: their costs then differ by the amount and not by the rule alone."""
    handed = told.get("handed_out", {})
    base = about["baseline"] or told["options"][0]
    items = []
    for option in (option for option in told["options"] if option != base):
        for right in about.get("rights", ()):
            mine, other = (handed.get(one, {}).get(right["key"]) for one in (option, base))
            if mine is not None and other and abs(mine - other) >= TELLING * other:
                apart, share = (show(value, unit, 3)[lang == "en"] for value, unit in ((mine - other, right["base_unit"]), ((mine - other) / other, "1")))
                signed = [("" if text.startswith(("-", "−")) else "+") + text for text in (apart, share)]
                items.append(say("study.amount", {"option": _label(option, about["labels"], lang), "right": right[lang], "apart": signed[0], "share": signed[1]}, lang))
    return [say("study.amounts", {"base": _label(base, about["labels"], lang), "list": ("；" if lang == "zh" else "; ").join(items)}, lang)] if items else []


def sureness(told: Mapping, paired: bool, lang: str) -> str:
    """How many runs and observations stand behind the means, whether luck was common, and what the intervals allow for."""
    pairs = max((len(one["differences"]) for one in told["criteria"].values()), default=0)
    counts = {"runs": told["runs"].get("done", 0), "observations": told["observations"], "comparisons": pairs * len(told["criteria"])}
    places = {name: str(count) for name, count in counts.items()}
    sentences = [say("study.behind" if paired else "study.behind_unpaired", places, lang)] + ([say("study.widened", places, lang)] if pairs else [])
    return ("" if lang == "zh" else " ").join(sentences)


def names(options: Sequence[str], labels: Mapping, lang: str) -> str:
    """The labels of several options as one list; each in quotation marks, for a label may hold commas."""
    return ("、" if lang == "zh" else ", ").join(f"“{_label(option, labels, lang)}”" for option in options)


def _by_criterion(told: Mapping, about: Mapping, lang: str):
    """Criterion by criterion a line an option: its mark and mean, and its difference to the baseline with the adjusted interval."""
    base, labels = about["baseline"] or told["options"][0], about["labels"]
    versus = [say("study.against", {"option": f"“{_label(base, labels, lang)}”"}, lang)] if len(told["options"]) > 1 else []
    table = _table(["", say("study.mean", {}, lang), *versus])
    for name, one in told["criteria"].items():
        table.add_row(say(f"study.{name}", {}, lang), style="bold")
        for option in told["options"]:
            found = one["options"][option]
            mean = f"{MARKS[found['mark']]} {_value(found['mean'], one['unit'], lang)}".strip()
            table.add_row(f"  {_label(option, labels, lang)}", mean, *([_difference(one, option, base, lang)] if versus else []))
    return table


def _beyond(told: Mapping, about: Mapping, lang: str):
    """What no criterion tells, a line an option: cost above the planner's, share of the gain, largest regret, and how often what is required holds."""
    planner = told["planner"]
    columns = [(f"study.{key}", {option: planner[option].get(key, {}).get("mean") for option in planner}, unit) for key, unit in (("above_least", "fen"), ("share_of_gain", "1"))]
    columns += [("study.regret", {option: found["largest"] for option, found in told["regret"]["cost"].items()}, "fen")] if "cost" in told["regret"] else []
    heads = [say(key, {}, lang) for key, _, _ in columns]
    if told.get("requirements"):
        heads.append(" & ".join(told["requirements"]["text"]))
        columns.append(("", told["requirements"]["met"], "1"))
    table = _table(["", *heads])
    for option in told["options"]:
        table.add_row(_label(option, about["labels"], lang), *(_value(values.get(option), unit, lang) for _, values, unit in columns))
    return table


def _difference(one: Mapping, option: str, base: str, lang: str) -> str:
    """The paired difference of an option to the baseline, with its adjusted interval; differences of shares in percentage points."""
    if option == base:
        return ""
    found = next(d for d in one["differences"] if {d["first"], d["second"]} == {base, option})
    if found["mean"] is None:
        return "–"
    sign = 1 if found["first"] == option else -1
    shown = [sign * found["mean"], *(sorted(sign * found[key] for key in ("low", "high")) if found["low"] is not None else [])]
    if not any(shown):
        return say("study.no_difference", {}, lang)
    by, unit = (100, show_apart(1, "1")[lang == "en"].lstrip("0123456789 ")) if one["unit"] == "1" else scale(max(map(abs, shown)), one["unit"])[lang == "en"].values()
    mean, *ends = (_signed(value * by) for value in shown)
    return f"{mean} [{', '.join(ends)}] {unit}" if ends else f"{mean} {unit}"


def _signed(value: float) -> str:
    """Three digits, the sign always there."""
    return f"{value:+.3g}" if abs(value) < 999.5 else f"{value:+,.0f}"


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
        table.add_column(Text(name), justify="right" if n else "left", overflow="fold")
    return table
