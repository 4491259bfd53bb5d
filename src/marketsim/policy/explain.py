"""What `marketsim explain RULE` prints and the page of all rules: formula, source, parameters, worked example."""

from dataclasses import MISSING

from marketsim import resources
from marketsim.policy import ROOMS, rules
from marketsim.policy.dated import Value, read_values
from marketsim.policy.rule import ParameterInfo, Rule

WORDS = {
    "en": {"formula": "Formula", "source": "Source", "parameters": "Parameters", "example": "Example", "gives": "gives",
           "required": "required", "none": "none"},
    "zh": {"formula": "公式", "source": "来源", "parameters": "参数", "example": "算例", "gives": "得",
           "required": "必填", "none": "无"},
}  # fmt: skip
GRADES = {
    "official": ("official", "官方"),
    "literature": ("literature", "文献"),
    "estimate": ("estimate", "估计"),
}
ROOM_TITLES = {
    "allocation": ("Allocation", "初始分配"),
    "compliance": ("Compliance", "履约"),
    "stability": ("Stability", "市场稳定"),
    "decomposition": ("Decomposition of targets", "目标分解"),
    "assessment": ("Assessment", "考核"),
    "transfers": ("Transfers", "补偿与分享"),
    "links": ("Links between regions", "区域连接"),
    "audit": ("Audits", "审查"),
}


def default_words(info: ParameterInfo, lang: str) -> str:
    """The default of a parameter in words; parts of a composed rule by their rules' names."""
    value = info.default
    if value is MISSING:
        return WORDS[lang]["required"]
    if value is None or value == {}:
        return WORDS[lang]["none"]
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    if isinstance(value, tuple):
        return ", ".join(one.rule.name if hasattr(one, "rule") else _joined(one) for one in value)
    return str(value)


def _joined(one) -> str:
    return " + ".join(one) if isinstance(one, tuple) else str(one)


def bounds_words(info: ParameterInfo) -> str:
    """The bounds or choices of a parameter in words, empty where there are none."""
    if info.choices:
        return " | ".join(info.choices)
    if info.low is None and info.high is None:
        return ""
    return f"{'' if info.low is None else info.low} .. {'' if info.high is None else info.high}"


def example_lines(rule: Rule, lang: str = "en") -> list[str]:
    """The worked example: what goes in, and what the rule makes of it now."""
    given = rule.example.given_zh if lang == "zh" else rule.example.given
    return [f"{WORDS[lang]['example']}: {given}", f"{WORDS[lang]['gives']} {rule.example.run()}"]


def page(lang: str = "en") -> str:
    """Return the Markdown page of every rule of every room in one language."""
    head = {"en": "# Rules of law", "zh": "# 规则一览"}[lang]
    note = {
        "en": "Made by `make docs` from the rule files in `marketsim/policy/`; not edited by hand. "
        "`marketsim explain RULE` prints one of them.",
        "zh": "由 `make docs` 从 `marketsim/policy/` 的规则文件生成，请勿手工修改。`marketsim explain 规则名` 可单独查看。",
    }[lang]
    values = read_values(resources.path("configs", "policy", "values.csv"))
    lines = [head, "", note, ""]
    for room in ROOMS:
        lines += [f"## {ROOM_TITLES[room][lang == 'zh']}", ""]
        for rule in rules(room).values():
            lines += _section(rule, lang)
            lines += _dated([one for one in values if (one.room, one.rule) == (room, rule.name)], lang)
    return "\n".join(lines).rstrip() + "\n"


def _section(rule: Rule, lang: str) -> list[str]:
    words = WORDS[lang]
    title, summary = (rule.title_zh, rule.summary_zh) if lang == "zh" else (rule.title_en, rule.summary)
    lines = [f"### `{rule.name}`: {title}", "", summary, ""]
    lines += [
        f"* {words['formula']}: {_cell(rule.formula)}",
        f"* {words['source']}: {_cell(rule.source)}",
        "",
    ]
    infos = rule.describe()
    if infos:
        heads = {"en": ("parameter", "default", "unit", "bounds", "meaning", "source"),
                 "zh": ("参数", "缺省", "单位", "范围", "含义", "来源")}[lang]  # fmt: skip
        lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        lines += ["| " + " | ".join(map(_cell, _row(info, lang))) + " |" for info in infos]
        lines += [""]
    given, result = example_lines(rule, lang)
    return [*lines, f"{_cell(given)} {words['gives']} `{result.partition(' ')[2]}`", ""]


def _dated(values: list[Value], lang: str) -> list[str]:
    """The dated values of one rule as a table, nothing where there are none."""
    if not values:
        return []
    heads = {"en": ("in", "parameter", "since", "value", "grade", "source"),
             "zh": ("地区", "参数", "起始日期", "取值", "等级", "来源")}[lang]  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for one in values:
        shown = WORDS[lang]["none"] if one.value is None else str(one.value)
        cells = (
            one.place,
            f"`{one.parameter}`",
            one.since.isoformat(),
            shown,
            GRADES[one.quality][lang == "zh"],
            one.source,
        )
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return [*lines, ""]


def _row(info: ParameterInfo, lang: str) -> tuple[str, ...]:
    meaning = info.meaning_zh if lang == "zh" else info.meaning
    return f"`{info.name}`", default_words(info, lang), info.unit, bounds_words(info), meaning, info.source


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")
