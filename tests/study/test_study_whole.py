"""A whole study of the simulator from the command line and from Python: compared, resumed, read, exported, verified."""

import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pandas
import pytest

import marketsim
from marketsim import cli
from marketsim.study import collect, opened, parts

ROOT = Path(__file__).resolve().parents[2]
STUDY = """marketsim: 1
title: {zh: 小研究, en: A small study}
extends: tianjin-2020
power: {resolution: typical-days}
options:
  today:   {label: {zh: 现行, en: Today}, set: {markets.carbon.allocation.factor: 98%}}
  tighter: {label: {zh: 从紧, en: Tighter}, set: {markets.carbon.allocation.factor: 95%}}
uncertainty:
  activity.growth: {mean: 1.5%, sd: 1.0%}
runs: {seeds: 1, futures: 2}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    place = tmp_path_factory.mktemp("study")
    (place / "small.yaml").write_text(STUDY, encoding="utf-8")
    done = command(place, "compare", "small.yaml", "--jobs", "2", salt="0")
    assert done.returncode == 0, done.stderr
    (folder,) = (place / "results").iterdir()
    return place, folder, done


def command(place: Path, *words: str, salt: str = "42"):
    environment = os.environ | {"PYTHONHASHSEED": salt, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run([sys.executable, "-m", "marketsim.cli", *words], env=environment, capture_output=True, text=True, timeout=300, cwd=place)


@pytest.mark.slow
def test_doing_it_again_does_nothing_and_one_worker_gives_the_same_bytes(study):
    place, folder, done = study
    again = command(place, "compare", "small.yaml")
    assert "runs," not in again.stderr and done.stdout == again.stdout
    alone = command(place, "compare", "small.yaml", "--jobs", "1", "--out", "alone", salt="1")
    assert alone.stdout == done.stdout and alone.stderr.splitlines()[-1] == done.stderr.splitlines()[-1]
    (other,) = (place / "alone").iterdir()
    for name in ("summary.csv", "runs.csv", "scorecard.json", "manifest.json"):
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_tells_how_to_go_on(study):
    place, _, whole = study
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    for attempt in range(5):  # on a busy machine the study may be done before it hears of the signal
        words = [sys.executable, "-m", "marketsim.cli", "compare", "small.yaml", "--jobs", "1", "--out", f"stopped{attempt}"]
        running = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place)
        assert "1/4 runs" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        told = running.communicate(timeout=60)[1]
        if running.returncode:
            break
    assert running.returncode == 130 and f"marketsim compare small.yaml --jobs 1 --out stopped{attempt}" in told
    (folder,) = (place / f"stopped{attempt}").iterdir()
    assert list((folder / "parts").iterdir()) and not (folder / "manifest.json").exists()
    again = command(place, *words[3:])
    assert "4/4" not in again.stderr and again.stderr.splitlines()[-1] == whole.stderr.splitlines()[-1]


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_query_is_ctrl_c(study, monkeypatch, capsys):
    place, folder, whole = study
    asked, heard = parts.connection(), []

    def interrupted():
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        try:
            return asked.execute("SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b")
        except RuntimeError as error:
            heard.append(error)
            raise
        finally:
            timer.join()

    words = ["compare", str(place / "small.yaml"), "--out", str(place / "results")]
    monkeypatch.setattr(collect, "connection", interrupted)
    assert cli.main(words) == 130 and "Query interrupted" in str(heard[0])
    assert f"go on with: marketsim {shlex.join(words)}" in capsys.readouterr().err
    monkeypatch.setattr(collect, "connection", lambda: asked)
    assert cli.main(words) == 0 and capsys.readouterr().out == whole.stdout
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.slow
def test_a_run_of_a_study_is_the_run_of_the_command_line(study):
    place, folder, _ = study
    summary = marketsim.load(folder).summary
    growth = json.loads(marketsim.load(folder).manifest["futures"]["f00001"]["activity.growth"])
    settings = ["--set", "markets.carbon.allocation.factor=95%", "--set", f"activity.growth={growth}"]
    one = summary[(summary["option"] == "tighter") & (summary["future"] == "f00001")]
    done = command(place, "run", "small.yaml", "--seed", str(one["seed"].iloc[0]), "--out", "single", *settings)
    assert done.returncode == 0, done.stderr
    (single,) = (place / "single").iterdir()
    alone = marketsim.load(single).summary
    assert one[["region", "metric", "unit", "value"]].to_numpy().tolist() == alone[["region", "metric", "unit", "value"]].to_numpy().tolist()


@pytest.mark.slow
def test_a_study_is_read_in_python(study):
    _, folder, _ = study
    read = marketsim.load(folder)
    assert isinstance(read, opened.Study) and read.summary.attrs["units"]["cost.market"] == "fen"
    assert (read.runs["status"] == "done").all() and len(read.runs) == 4
    prices = read.over_time("carbon.price [CNY/t]")
    assert list(prices.columns) == ["option", "region", "tick", "runs", "mean", "low", "high"] and (prices["runs"] == 2).all()
    one = read.series("carbon.price [CNY/t]")
    first = one[(one["option"] == "today") & (one["tick"] == one["tick"].min())]["value"]
    assert prices[prices["option"] == "today"]["mean"].iloc[0] == pytest.approx(first.mean(), rel=1e-6)
    gap = read.compare("tighter", "today", "cost.market")
    assert gap.count == 2 and gap.mean > 0
    assert len(read.over_time("carbon.price [CNY/t]", "120000")) == len(prices)
    assert read.query("SELECT count(*) AS n FROM summary")["n"][0] == len(read.summary)
    assert read.scorecard["options"] == ["today", "tighter"]


@pytest.mark.slow
def test_a_study_is_exported_compacted_and_verified_and_damage_is_found(study):
    place, folder, _ = study
    for kind in ("csv", "parquet", "xlsx", "nc"):
        if kind == "xlsx":
            pytest.importorskip("openpyxl")
        done = command(place, "export", str(folder), "--to", kind, "-o", "out/table")
        assert done.returncode == 0, done.stderr
    text = (place / "out" / "table-summary.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf") and len(list(csv.reader(text.decode("utf-8-sig").splitlines()))) == len(marketsim.load(folder).summary) + 1
    futures = pandas.read_csv(place / "out" / "table-futures.csv")
    assert list(futures.columns) == ["future", "key", "text", "value"] and set(futures["future"]) == set(marketsim.load(folder).summary["future"])
    assert all(text.endswith("%") and abs(float(text[:-1]) / 100 - value) < 1e-12 for text, value in zip(futures["text"], futures["value"], strict=True))
    joined = marketsim.load(folder).query("SELECT count(*) AS n FROM futures f JOIN runs r ON f.future = r.future")
    assert joined["n"][0] == len(marketsim.load(folder).runs) * len(futures) // futures["future"].nunique()
    import openpyxl
    from scipy.io import netcdf_file

    sheet = openpyxl.load_workbook(place / "out" / "table.xlsx", read_only=True)["summary"]
    assert next(sheet.iter_rows(min_row=1, values_only=True)) == ("option", "future", "seed", "region", "metric", "unit", "value")
    with netcdf_file(place / "out" / "table.nc", mmap=False) as made:
        assert made.variables["cost.market"].shape[:3] == (2, 2, 1)
        assert made.variables["cost.market"].units == b"fen"
    assert command(place, "compact", str(folder)).returncode == 0
    sound = command(place, "verify", str(folder), "--again", "1")
    assert sound.returncode == 0, sound.stderr
    part = next((folder / "parts").iterdir()) / "summary.parquet"
    data = part.read_bytes()
    part.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    broken = command(place, "verify", str(folder), "--again", "0")
    part.write_bytes(data)
    assert broken.returncode == 1 and "not as it was written" in broken.stderr


@pytest.mark.slow
def test_a_search_finds_what_serves_the_goal(study):
    pytest.importorskip("optuna")
    place, _, _ = study
    done = command(place, "search", "small.yaml", "--vary", "markets.carbon.allocation.factor = 94% .. 99%", "--goal", "cost", "--n", "2", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["scorecard"]
    costs = {option: told["criteria"]["cost"]["options"][option]["mean"] for option in told["trials"]}
    assert told["efficient"] == [min(costs, key=costs.get)] and len(costs) == 2


@pytest.mark.parametrize(
    "words, told",
    [
        (["compare", "small.yaml", "--until", "cost"], "± and a percentage"),
        (["compare", "small.yaml", "--require", "fame >= 3"], "no requirement"),
        (["compare", "small.yaml", "--jobs", "0"], "above zero"),
        (["sweep", "small.yaml"], "--design"),
        (["compact", "results"], "not the folder of a study"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_runs(tmp_path, words, told):
    (tmp_path / "small.yaml").write_text(STUDY, encoding="utf-8")
    done = command(tmp_path, *words)
    assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()
