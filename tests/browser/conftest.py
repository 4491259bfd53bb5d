"""A headless Chromium, and a small study on disk whose runs are made up and whose folder is written by the real code."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from marketsim.scenario import load
from marketsim.study import collect, compare, parts
from marketsim.study.futures import drawn
from marketsim.study.parts import DONE, Outcome
from marketsim.study.plan import plan
from marketsim.study.scorecard import scorecard

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
QUESTION = """marketsim: 1
title: {zh: 三个方案, en: Three options}
extends: tianjin-base
options:
  plain: {label: {zh: 现行, en: As today}, set: {markets.carbon.price_band: 10%}}
  twin: {label: {zh: 同现行, en: The same}, set: {markets.carbon.price_band: 11%}}
  dear: {label: {zh: 更贵, en: Dearer}, set: {markets.carbon.price_band: 12%}}
runs: {seeds: 8}
report: {baseline: plain}
"""


@pytest.fixture(scope="session")
def chromium():
    """The browser; where there is none the tests are skipped, unless MARKETSIM_BROWSER=required says that they must run."""
    if not BROWSER:
        if os.environ.get("MARKETSIM_BROWSER") == "required":
            pytest.fail("the tests of the page need Chromium (apt-get install chromium)")
        pytest.skip("no Chromium on this machine: the tests of the page are not run")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


def rows(option: str, seed: int) -> list[tuple[str, str, str, int | float]]:
    """Figures of a made-up run: `plain` and `twin` are the same, `dear` costs a tenth more."""
    luck = np.random.default_rng(seed)
    cost = int(luck.integers(9 * 10**9, 11 * 10**9)) * (11 if option == "dear" else 10) // 10
    found: list = [("120000", f"cost.{name}", "fen", value) for name, value in (("market", cost), ("least", cost - 10**8), ("no_trade", cost + 10**9))]
    found += [("120000", "cost.share_of_gain", "1", 0.9), ("120000", "power.demand", "kWh", 87_500_000_000), ("120000", "carbon.price_last_quarter", "CNY/t", 21.5 + float(luck.random()))]
    share = cost // 16
    for n, code in enumerate([101, 102, 103, 104, 105, 106, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119]):
        key = f"120{code}"
        found += [(key, "cost.market", "fen", share), (key, "carbon.net_bought", "kg", (n - 8) * 1000), (key, "assess.grade", "grade", int(luck.integers(0, 4))), (key, "assess.points", "points", 90.5 - n),
                  (key, "assess.total_actual", "kgce", 10**9 + n), (key, "assess.total_target", "kgce", 10**9), (key, "assess.light", "light", n % 3)]  # fmt: skip
    return found


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Path:
    """The folder of a finished study of three options with eight seeds each."""
    place = tmp_path_factory.mktemp("study")
    (place / "three.yaml").write_text(QUESTION, encoding="utf-8")
    scenario = load(place / "three.yaml")
    asked = plan(scenario, drawn(scenario, 1), 8)
    folder = compare.study_folder(scenario, place)
    made = []
    for job in asked.jobs:
        days = np.arange(40) * 768 + 260 * 768
        series = {"tick": days, "region": np.array(["120000"] * 40, dtype=object), "carbon.price [CNY/t]": 20 + np.sin(days / 5000 + job.seed), "carbon.volume [kg]": days * 10.0}
        made.append(Outcome(run=job.run, status=DONE, digest="sha256:0", summary=rows(job.option, job.seed), series=series))
    parts.commit(folder, made)
    wanted = collect.asked(asked, folder)
    compare.publish(folder, asked, wanted, scorecard(folder, wanted, scenario.question.report.judge_by))
    return folder
