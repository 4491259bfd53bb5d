"""The catalogues: the same keys and places in both languages, none left untranslated, none that nobody says."""

import json
import re
from pathlib import Path
from string import Formatter

import marketsim.messages
from marketsim.errors import Problem, cells, printable
from marketsim.messages import LANGUAGES, catalogue, say
from marketsim.scenario import shape

FOLDER = Path(marketsim.messages.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
OTHER_LANGUAGE = {"report.in_language"}  # the button that leads there


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_catalogues_have_the_same_keys_and_places():
    english, chinese = catalogue("en"), catalogue("zh")
    assert list(english) == list(chinese)
    optional = {"file"}
    for key in english:
        assert places(english[key]) - optional == places(chinese[key]) - optional, key


def test_no_sentence_is_left_in_the_other_language():
    for key, sentence in catalogue("en").items():
        assert not CHINESE.search(sentence) or key in OTHER_LANGUAGE, key
    for key, sentence in catalogue("zh").items():
        wordless = not re.search("[A-Za-z]", re.sub(r"\{\w*\}", "", sentence))
        assert CHINESE.search(sentence) or wordless or key in OTHER_LANGUAGE, key


def test_no_catalogue_repeats_a_key():
    for lang in LANGUAGES:
        pairs = json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"), object_pairs_hook=list)
        assert len({key for key, _ in pairs}) == len(pairs)


def test_every_sentence_is_said_somewhere():
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py"))
    for key in catalogue("en"):
        stem, _, last = key.rpartition(".")
        named = rf"[\"']{re.escape(key.partition('.')[0] if key.startswith('MS') else key)}"
        of_the_page = key.startswith("report.")  # said by tell(), which puts the first part in front
        assert of_the_page or re.search(named, source) or re.search(rf"[\"']{re.escape(stem)}\.\{{", source), key  # f"kind.{kind}"


def test_every_key_of_the_format_has_a_sentence_in_both_languages():
    for key in shape.keys().values():
        assert key.meaning["en"].endswith("."), f"{key.path}: its description in schema.py ends in a period"
        assert CHINESE.search(key.meaning["zh"]), f"{key.path}: {key.block}.… is not in messages/keys.zh.json"


def test_values_are_shown_safely():
    said = say("MS101", {"key": "a\x1b[31m\u202eb\n"}, "en")
    assert said == "unknown key “a\\u001b[31m\\u202eb\\u000a”"
    assert printable("x" * 200).endswith("…") and len(printable("x" * 200)) == 80
    assert say("MS101", {"key": "{0}{evil}"}, "en") == "unknown key “{0}{evil}”"


def test_the_caret_stands_under_wide_characters():
    line = "  能源消费：{cap: 8200 万tce}"
    problem = Problem(code="MS001", file="f.yaml", line=4, column=7, width=1, values={"wide": "：", "narrow": ":"}, source=line)
    shown, caret = problem.render().split("\n")[1:]
    assert caret.index("^") - len("     | ") == cells(line[:6]) == 10 and caret.count("^") == 2
    assert shown.endswith(line)


def test_a_very_long_line_is_shown_around_the_place():
    line = "a" * 500 + "HERE" + "b" * 500
    problem = Problem(code="MS027", file="f.yaml", line=1, column=501, width=4, source=line)
    _, shown, caret = problem.render().split("\n")
    assert len(shown) < 130 and shown[caret.index("^") :][:4] == "HERE"
