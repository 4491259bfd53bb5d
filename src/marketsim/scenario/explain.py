"""Explains a key of the format, a rule of law, a room of rules or the code of a message, in the reader's language."""

from marketsim import policy
from marketsim.errors import InputError
from marketsim.messages import catalogue, say
from marketsim.policy import explain as words
from marketsim.policy.rule import Rule
from marketsim.scenario import names, shape
from marketsim.scenario.load import examine
from marketsim.scenario.rules import ROOMS
from marketsim.scenario.show import as_written
from marketsim.scenario.suggest import closest, containing
from marketsim.scenario.values import EXAMPLES

WRITTEN = {
    "amount": f"{EXAMPLES['kg']}, {EXAMPLES['kgce']}, {EXAMPLES['litre']}", "price": f"{EXAMPLES['fen/kg']}, {EXAMPLES['fen/litre']}",
    "share": EXAMPLES["share"], "date": "2020-09-01", "bool": "true, false", "whole": "20",
}  # fmt: skip


def explain(word: str, lang: str = "en") -> list[str]:
    """Lines about everything called `word`. Raises InputError with the nearest name when nothing is."""
    found = _keys(word, lang)
    for room in policy.ROOMS:
        table = policy.rules(room)
        if word == room:
            found += _room(room, lang)
        elif word.replace("-", "_") in table:
            found += _rule(table[word.replace("-", "_")], lang)
    if word in catalogue(lang) and "." not in word:
        found += [f"{word}: {catalogue(lang)[word]}"]
    if not found:
        known = [*shape.keys(), *(path.rpartition(".")[2] for path in shape.keys())]
        known += [name for room in policy.ROOMS for name in policy.rules(room)]
        near = closest(word, known) or containing(word, known)
        raise InputError(say("explain.near" if near else "explain.none", {"word": word, "near": near or ""}, lang))
    return found


def _keys(word: str, lang: str) -> list[str]:
    """Every key whose path or last part is `word`."""
    known = shape.keys()
    path = shape.pattern(tuple(word.split(".")))
    wanted = [path] if path in known else [one for one in known if one.rpartition(".")[2] == word]
    lines = []
    for one in wanted:
        lines += _key(known[one], word if path in known else one, lang)
    return lines


def _key(key: shape.Key, shown: str, lang: str) -> list[str]:
    """A key: meaning, how it is written, bounds, default, and what the packaged bases say."""
    lines = [shown, f"  {key.meaning[lang] or key.meaning['en']}"]
    facts = [
        ("explain.written", WRITTEN.get(key.kind, "")),
        ("explain.choices", ", ".join(key.choices)),
        ("explain.bounds", key.bounds),
        ("explain.default", "" if key.default is None else as_written(key.default)),
        ("explain.rules", ", ".join(policy.choices(ROOMS[key.path])) if key.path in ROOMS else ""),
        ("explain.keys", ", ".join(shape.allowed(tuple(shown.split(".")))) if key.kind == "block" else ""),
    ]
    lines += ["  " + say(label, {"text": text}, lang) for label, text in facts if text]
    for base in names.made_to_extend():
        tree = examine(base).tree
        path = tuple(shown.split("."))
        if tree is not None and tree.at(path)[1] == path and tree.at(path)[0].text:
            node, _ = tree.at(path)
            lines.append("  " + say("explain.base", {"base": base, "text": node.text, "place": f"{node.mark.file}:{node.mark.line}"}, lang))
    return lines


def _room(room: str, lang: str) -> list[str]:
    """A room of the law: its rules, one a line."""
    rules = policy.rules(room).values()
    return [say("explain.room", {"room": room}, lang), *(f"  {rule.name}: {_title(rule, lang)}" for rule in rules)]


def _rule(rule: Rule, lang: str) -> list[str]:
    """A rule: title, what it does, formula, source, each parameter with unit, bounds and source, a worked example."""
    lines = [f"{rule.name}: {_title(rule, lang)} ({rule.room})", f"  {rule.summary_zh if lang == 'zh' else rule.summary}"]
    lines += ["  " + say("explain.formula", {"text": rule.formula}, lang)]
    lines += ["  " + say("explain.source", {"text": rule.source}, lang)]
    for info in rule.describe():
        unit = "" if info.unit == "-" else f" {info.unit}"
        bounds = f" [{words.bounds_words(info)}]" if words.bounds_words(info) else ""
        source = say("explain.source", {"text": info.source}, lang)
        lines += [f"  {info.name} = {words.default_words(info, lang)}{unit}{bounds}"]
        lines += [f"    {info.meaning_zh if lang == 'zh' else info.meaning} {source}"]
    return [*lines, *(f"  {line}" for line in words.example_lines(rule, lang))]


def _title(rule: Rule, lang: str) -> str:
    return rule.title_zh if lang == "zh" else rule.title_en
