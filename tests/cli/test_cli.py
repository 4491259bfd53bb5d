"""The command line: what goes where, exit codes, languages, consoles, and how little `--help` loads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from marketsim import cli, cli_run, cli_tools, errors

SOURCE = Path(cli.__file__).resolve().parents[1]
HEAVY = {"numpy", "pydantic", "pandas", "numba", "ruamel", "rich", "mesa", "simpy", "duckdb", "highspy", "scipy"}


def command(*words: str, **environment: str) -> subprocess.CompletedProcess:
    """One command in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(SOURCE), **environment}
    return subprocess.run([sys.executable, "-m", "marketsim.cli", *words], capture_output=True, env=env, timeout=120, check=False)


@pytest.fixture
def run(capsys):
    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("marketsim: 1\ntitle: {zh: 坏, en: Bad}\nextends: tianjin-base\nsede: 3\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["--lang", "zh"], ["chek"]])
def test_little_is_loaded_for_help_and_bad_usage(words):
    code = f"import sys; from marketsim.cli import main\ntry: main({words!r})\nexcept SystemExit: pass\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(SOURCE)}
    ).stdout.splitlines()[-1]
    roots = {name.split(".")[0] for name in loaded.split()}
    assert "argparse" in roots and not roots & HEAVY


def test_help_lists_every_verb_in_both_languages(run):
    for lang, word in (("en", "run the packaged Tianjin scenario"), ("zh", "运行自带的天津方案")):
        code, out, _ = run("--lang", lang)
        assert code == 0 and word in out and all(verb in out for verb in cli.VERBS)


def test_version(run):
    assert run("--version") == (0, "marketsim 0.1.0\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek", "x"], "did you mean “check”?"),
        (["xyzzy"], "“marketsim --help” lists them"),
        (["run", "x.yaml", "--sed", "3"], "did you mean “--seed”?"),
        (["--lang", "zh", "shwo"], "是不是“show”？"),
        (["run"], "missing: FILE\nusage: marketsim run"),
        (["--lang", "zh", "run"], "缺少：FILE\n用法： marketsim run"),
        (["run", "x.yaml", "--seed", "two"], "--seed is a whole number, not 'two'"),
        (["run", "x.yaml", "--seed"], "--seed needs a value"),
        (["check", "x.yaml", "--lang", "fr"], "'fr' is no choice for --lang; there are: 'en', 'zh'"),
        (["compare", "x.yaml", "--timeout", "soon"], "--timeout is a number, not 'soon'"),
        (["explain", "grandfathring"], "did you mean “grandfathering”?"),
        (["run", "tianjin-base", "--seed", "-1"], "0 to 2147483647"),
        (["bench", "everything"], "there is no benchmark “everything”"),
        (["verify", "/nowhere"], "/nowhere"),
    ],
)
def test_bad_usage_is_exit_code_2_with_advice_and_no_traceback(run, words, said):
    code, out, err = run(*words)
    assert (code, out) == (2, "") and said in err and "Traceback" not in err


def test_check_of_a_sound_scenario(run):
    code, out, err = run("check", "tianjin-2020")
    assert code == 0 and out == "tianjin-2020: no problems\n" and err == "next: marketsim run tianjin-2020\n"


def test_check_of_a_broken_one(run, broken):
    code, out, err = run("check", broken)
    assert code == 2 and ":4:1 MS101 unknown key “sede”" in out and "did you mean “seed”?" in out and "1 problem" in err
    code, out, _ = run("check", broken, "--json", "--lang", "zh")
    problem = json.loads(out)["problems"][0]
    assert code == 2 and (problem["code"], problem["line"], problem["column"], problem["key"]) == ("MS101", 4, 1, "sede")
    assert "不认识的键" in problem["message"]


def test_a_bad_scenario_stops_a_run_on_standard_error(run, broken, tmp_path):
    code, out, err = run("run", broken, "--out", str(tmp_path / "results"))
    assert code == 2 and out == "" and "MS101" in err and not (tmp_path / "results").exists()


def test_show_explain_schema_print_their_result_only(run):
    code, out, err = run("show", "tianjin-base", "--why")
    assert code == 0 and "# tianjin-base.yaml:" in out and err.startswith("next:")
    code, out, _ = run("show", "tianjin-base", "--diff", "tianjin-base")
    assert (code, out) == (0, "no difference\n")
    code, out, _ = run("show", "tianjin-base", "--json", "--set", "seed=9")
    shown = json.loads(out)
    assert shown["question"]["scale"] == 1 and {"key": "seed", "text": "9", "place": "--set:1"} in shown["values"]
    code, out, _ = run("explain", "markets.carbon.cap", "--json")
    assert code == 0 and json.loads(out)["word"] == "markets.carbon.cap"
    code, out, _ = run("schema")
    assert code == 0 and json.loads(out)["required"] == ["marketsim"]


def test_doctor_finds_everything_here(run):
    code, out, _ = run("doctor", "--json")
    found = json.loads(out)
    assert code == 0 and found["missing"] == [] and set(found["packages"]) == set(cli_tools.PACKAGES)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_doctor_tells_of_extras_browser_font_kernels_disk_and_console(run, monkeypatch, lang):
    from marketsim import cli_doctor

    monkeypatch.setattr(cli_doctor, "EXTRAS", {"web": ("numpy",), "cluster": ("no-such-package",)})
    monkeypatch.setattr(cli_doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(cli_doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 5 * 2**20})())
    code, out, _ = run("doctor", "--lang", lang)
    assert code == 0
    for told in ("marketsim[web]: ", "no-such-package", "marketsim[cluster]", "Chromium", "kernels", "5 MB"):
        assert told in out
    assert ("which is little" if lang == "en" else "可能不够") in out
    shown = json.loads(run("doctor", "--json")[1])
    assert shown["extras"] == {"web": True, "cluster": False} and shown["browser"] is None and shown["free_mb"] == 5
    assert cli_doctor._unprintable("gbk") == "₂✓" and cli_doctor._unprintable("utf-8") == "" and cli_doctor._unprintable("ascii") == cli_doctor.SIGNS


def test_doctor_fails_when_something_is_missing(run, monkeypatch):
    monkeypatch.setattr(cli_tools, "PACKAGES", ("numpy", "no-such-package"))
    code, out, err = run("doctor")
    assert code == 1 and "no-such-package" in err


def raises(error: BaseException):
    def verb(chosen):
        raise error

    return verb


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (errors.RunError("the run failed in words"), 3, "the run failed in words"),
        (errors.CheckFailed("not as asked"), 1, "not as asked"),
        (errors.InputError("bad words"), 2, "bad words"),
        (OSError(28, "No space left on device", "results/x"), 3, "No space left on device (results/x)"),
        (KeyboardInterrupt(), 130, "go on with: marketsim doctor"),
        (ZeroDivisionError("division by zero"), 3, "ZeroDivisionError: division by zero"),
    ],
)
def test_every_failure_has_its_exit_code_and_one_line(run, monkeypatch, error, code, said):
    monkeypatch.setattr(cli_tools, "doctor", raises(error))
    got, out, err = run("doctor")
    assert got == code and out == "" and said in err and err.count("\n") == 1


def test_a_run_says_where_the_report_is_and_ends_with_the_digest(run, monkeypatch, tmp_path):
    from marketsim.report import terminal
    from marketsim.study import run as study

    seen = {}

    def run_scenario(path, *, out, seed, settings, progress, render):
        seen.update(path=path, out=out, seed=seed, settings=settings)
        for done in range(0, 101, 5):
            progress(done, 100, "trading")
        return study.Finished(folder=tmp_path / "x-12345678", digest="sha256:abc", summary=None, page={"figures": {}})

    monkeypatch.setattr(study, "run_scenario", run_scenario)
    monkeypatch.setattr(terminal, "scorecard", lambda page, lang, file: "SCORECARD")
    code, out, err = run("run", "tianjin-2020", "--seed", "5", "--set", "scale=2", "--set", "seed=4", "--out", str(tmp_path))
    assert code == 0 and out == "SCORECARD\n"
    assert seen == {"path": "tianjin-2020", "out": str(tmp_path), "seed": 5, "settings": ("scale=2", "seed=4")}
    assert err.splitlines()[-1] == "digest sha256:abc" and f"{tmp_path}/x-12345678/report.html" in err
    assert len([line for line in err.splitlines() if "trading" in line]) == 11  # without a terminal: a line every tenth
    code, out, err = run("demo", "--json", "--out", str(tmp_path))
    assert code == 0 and json.loads(out)["digest"] == "sha256:abc" and seen["path"] == cli_run.DEMO


def test_a_terminal_gets_one_living_line(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress = cli_run.Progress("en")
    for done in range(101):
        progress(done, 100, "trading")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.count("\r") == 101 and "100%" in said


def test_a_gbk_console_does_not_break():
    done = command("explain", "markets.carbon.cap", "--lang", "zh", PYTHONIOENCODING="gbk")
    assert done.returncode == 0 and "权益总量" in done.stdout.decode("gbk")
    done = command("check", "/nowhere/tCO₂-☃.yaml", PYTHONIOENCODING="gbk")
    assert done.returncode == 2 and b"Traceback" not in done.stderr


def test_the_environment_can_choose_the_language(run, monkeypatch):
    monkeypatch.setenv("MARKETSIM_LANG", "zh")
    assert "没有这个文件" in run("check", "/nowhere.yaml")[1]
    assert "no such file" in run("check", "/nowhere.yaml", "--lang", "en")[1]


def test_a_full_disk_and_a_closed_pipe_are_no_traceback():
    words = [sys.executable, "-m", "marketsim.cli", "show", "tianjin-base"]
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with open("/dev/full", "w") as device:
        full = subprocess.run(words, stdout=device, stderr=subprocess.PIPE, env=env, check=False)
    assert full.returncode == 3 and b"No space left" in full.stderr and b"Traceback" not in full.stderr
    piped = subprocess.run(["bash", "-c", '"$@" | head -1; exit ${PIPESTATUS[0]}', "bash", *words], capture_output=True, env=env, check=False)
    assert piped.returncode == 0 and b"Traceback" not in piped.stderr and b"BrokenPipe" not in piped.stderr


QUESTION = """marketsim: 1
title: {zh: 题, en: A question}
extends: tianjin-base
options:
  today: {label: {zh: 现行, en: Today}, set: {}}
"""


def test_check_names_the_command_that_answers_the_question(run, tmp_path):
    file = tmp_path / "我的 question.yaml"
    file.write_text(QUESTION, encoding="utf-8")
    assert f"marketsim compare '{file}'" in run("check", str(file))[2]
    file.write_text(QUESTION.partition("options:")[0], encoding="utf-8")
    assert f"marketsim run '{file}'" in run("check", str(file))[2]


def test_a_single_run_of_a_study_says_that_no_option_was_set(run, monkeypatch, tmp_path):
    from marketsim.report import terminal
    from marketsim.study import run as study

    made = study.Finished(folder=tmp_path / "x-12345678", digest="sha256:abc", summary=None, page={}, options=("today", "linked"))
    monkeypatch.setattr(study, "run_scenario", lambda path, **rest: made)
    monkeypatch.setattr(terminal, "scorecard", lambda page, lang, file: "SCORECARD")
    err = run("run", "my question.yaml")[2]
    assert "(today, linked)" in err and "without any of them" in err and "marketsim compare 'my question.yaml'" in err


@pytest.mark.parametrize(("name", "value", "lang"), [("LANG", "zh_CN.UTF-8", "zh"), ("LC_ALL", "zh_CN.GBK", "zh"), ("LANG", "de_DE.UTF-8", "en"), ("LC_ALL", "C", "en")])
def test_messages_are_in_the_language_of_the_system(run, monkeypatch, name, value, lang):
    for variable in ("MARKETSIM_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")  # the first of the three that is set decides
    monkeypatch.setenv(name, value)
    assert ("没有这个文件" if lang == "zh" else "no such file") in run("check", "/nowhere.yaml")[1]
    monkeypatch.setenv("MARKETSIM_LANG", "en")
    assert "no such file" in run("check", "/nowhere.yaml")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "results/bnd-0123abcd"], "there is no folder results/bnd-0123abcd; did you mean results/band-0123abcd?"),
        (["verify", "results"], "Name one such as results/band-0123abcd"),
        (["export", "elsewhere", "--to", "parquet"], "there is no folder elsewhere"),
        (["run", "tianjin-2020", "second.yaml"], "“second.yaml” is one thing too many here\nusage: marketsim run"),
        (["serve", "--port", "99999"], "there is no port 99999"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(run, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "band-0123abcd").mkdir(parents=True)
    (tmp_path / "results" / "band-0123abcd" / "manifest.json").write_text("{}")
    code, out, err = run(*words)
    assert code == 2 and out == "" and said in err
    assert any("一" <= sign <= "鿿" for sign in run(*words, "--lang", "zh")[2])


def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(run, tmp_path):
    (tmp_path / "file").write_text("")
    code, out, err = run("run", "tianjin-2020", "--out", str(tmp_path / "file" / "results"))
    assert code == 3 and out == "" and "Not a directory" in err and "--out" in err and "%" not in err


@pytest.mark.parametrize(
    ("word", "said"),
    [("cost", "what the city's firms pay"), ("attainment", "share of districts"), ("carbon.price_mean", "a metric of summary.csv, in CNY per trading unit"), ("assess.grade", "0 missed"), ("allocation", "grandfathering:")],
)
def test_explain_knows_what_results_are_made_of(run, word, said):
    code, out, _ = run("explain", word)
    assert code == 0 and said in out
    assert any("一" <= sign <= "鿿" for sign in run("explain", word, "--lang", "zh")[1])
    assert run("explain", "nosuch.thing")[0] == 2
