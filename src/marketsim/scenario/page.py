"""The pages of the scenario format in both languages: every key with its meaning, and every message by its code."""

from marketsim.messages import catalogue
from marketsim.scenario import shape
from marketsim.scenario.explain import WRITTEN
from marketsim.scenario.show import as_written

HEADS = {
    "en": ("key", "meaning", "written as", "bounds", "default"),
    "zh": ("键", "含义", "写法", "范围", "缺省"),
}
TEXTS = {
    "en": (
        "# The scenario file",
        "Made by `make docs` from `marketsim/scenario/schema.py`; not edited by hand. `marketsim explain KEY` prints one of these",
        "lines, `marketsim show FILE --why` says which file and line set a value, `marketsim schema` prints the JSON Schema for editors.",
        "A `*` stands for a name: of a market (`carbon`, `energy`, `water`), of an option. What `extends` names is laid under the file:",
        "maps merge, lists and values replace, `null` deletes, and a block that names another `rule` replaces the old rule whole.",
        "## Keys",
        "## Messages",
    ),
    "zh": (
        "# 方案文件",
        "由 `make docs` 从 `marketsim/scenario/schema.py` 生成，请勿手工修改。`marketsim explain 键` 可单独查看，",
        "`marketsim show 文件 --why` 说明每个值来自哪个文件的哪一行，`marketsim schema` 输出供编辑器使用的 JSON Schema。",
        "`*` 代表名称：市场（`carbon`、`energy`、`water`）或方案。`extends` 所指的方案垫在本文件之下：",
        "键值块合并，列表和值替换，`null` 删除；换用另一条 `rule` 的块整体替换原规则。",
        "## 键",
        "## 消息",
    ),
}


def page(lang: str = "en") -> str:
    """The Markdown page of the format in one language."""
    head, *about, keys, messages = TEXTS[lang]
    lines = [head, "", *about, "", keys, "", f"| {' | '.join(HEADS[lang])} |", "|---" * len(HEADS[lang]) + "|"]
    lines += [f"| `{key.path}` | " + " | ".join(map(_cell, _row(key, lang))) + " |" for key in shape.keys().values()]
    lines += ["", messages, ""]
    lines += [f"* **{code}** {_cell(sentence)}" for code, sentence in catalogue(lang).items() if _is_message(code)]
    return "\n".join(lines) + "\n"


def _row(key: shape.Key, lang: str) -> tuple[str, ...]:
    written = WRITTEN.get(key.kind) or ", ".join(key.choices)
    default = "" if key.default is None else as_written(key.default)
    return key.meaning[lang], written, key.bounds, default


def _is_message(code: str) -> bool:
    """A sentence of its own, not the advice that follows one."""
    return code.startswith("MS") and code.rpartition(".")[2] not in ("hint", "path", "suggest", "list", "quote", "rule", "low", "above", "high", "below")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace("{{", "{").replace("}}", "}")
