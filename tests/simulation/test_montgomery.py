"""Montgomery in orders: forty firms a side trade to the textbook's price and savings, whatever the first split; a fee costs what Stavins says."""

import csv
import shutil

import pytest

from marketsim import resources
from marketsim.scenario import load
from marketsim.simulation.run import run

CITY = resources.path("scenarios", "textbook.yaml")
KT = 10**6


def figures(split, seed, *settings, city=CITY):
    """City figures of one run; the split is what each sector is given of its use."""
    given = f"markets.carbon.allocation.sector_factors={{flat: {split[0]}, steep: {split[1]}}}"
    rows = run(load(city, (given, *settings)), seed).summary
    whole = next(region for region, metric, _, _ in rows if metric == "cost.least")
    return {metric: value for region, metric, _, value in rows if region == whole}


@pytest.mark.parametrize(("split", "alone_cny"), [((0.7, 0.7), 27e6), ((1.0, 0.4), 72e6), ((0.4, 1.0), 36e6)])
def test_price_savings_and_gain_whatever_the_split(split, alone_cny):
    """Price within 5 % of 80, savings within 2 % of 600 kt, at least 95 % of the gain; the benchmarks exact; validation shows another seed."""
    found = figures(split, 11)
    assert found["carbon.price_least"] == pytest.approx(80)
    assert (found["cost.least"], found["cost.no_trade"]) == pytest.approx((24e8, alone_cny * 100))
    assert found["carbon.price_mean"] == pytest.approx(80, rel=0.05)
    assert found["carbon.saved"] == pytest.approx(600 * KT, rel=0.02)
    assert found["cost.share_of_gain"] >= 0.95


def test_nobody_needs_to_trade_at_the_efficient_split():
    found = figures((0.6, 0.8), 1)
    assert found["carbon.volume"] < 12 * KT and found["cost.no_trade"] == pytest.approx(24e8)


STEPS = 4
FEES = (0.05, 0.075, 0.10, 0.15, 0.20, 0.25)
PATIENT = ("firms.urgency=0%", "firms.news_weight=2%")
"""Firms learn prices from the venue's news alone; private impatience would keep buyers and sellers about one percent apart."""


@pytest.fixture(scope="module")
def fine_city(tmp_path_factory):
    """The same city with measures four times as fine: a step of one percent would be a tenth of all trade."""
    home = tmp_path_factory.mktemp("fine")
    shutil.copytree(resources.path("configs", "regions", "textbook"), home / "fine")
    (home / CITY.name).write_text(CITY.read_text(encoding="utf-8").replace("region: textbook", "region: fine"), encoding="utf-8")
    with (home / "fine" / "measures.csv").open(encoding="utf-8", newline="") as file:
        head, *steps = csv.reader(file)
    key, sector, share, cost = (head.index(name) for name in ("key", "sectors", "potential_pct", "cost_cny_per_unit"))
    slope = {"flat": 2, "steep": 4}
    fine = []
    for step in steps:
        for part in range(STEPS):
            row = list(step)
            row[key], row[share] = f"{step[key]}-{part}", repr(1 / STEPS)
            row[cost] = repr(float(step[cost]) + slope[step[sector]] * ((part + 0.5) / STEPS - 0.5))
            fine.append(row)
    with (home / "fine" / "measures.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *fine])
    return home / CITY.name


def stavins(fee):
    """Price, trade in kt and control cost in M CNY when either side pays `fee`: p (1 − f) = 2 a, p (1 + f) = 4 (60 − a)."""
    price = 240 / (3 - fee)
    flat = price * (1 - fee) / 2
    return price, 10 * (flat - 30), (flat**2 + 2 * (60 - flat) ** 2) / 100


@pytest.mark.parametrize("fee", FEES)
def test_a_fee_costs_trade_and_efficiency_as_stavins_says(fee, fine_city):
    """Price, trade and the loss (control cost of 600 kt over 24.00 M CNY) within 5 % of the closed form."""
    price, volume, cost = stavins(fee)
    found = [figures((0.7, 0.7), seed, f"markets.carbon.fee={fee:%}", *PATIENT, city=fine_city) for seed in (51, 52)]
    lost = [one["cost.measures"] / 1e8 - (one["carbon.saved"] / KT - 600) * price / 1000 - 24 for one in found]
    assert sum(one["carbon.price_mean"] for one in found) / 2 == pytest.approx(price, rel=0.05)
    assert sum(one["carbon.volume"] for one in found) / 2 == pytest.approx(volume * KT, rel=0.05)
    assert sum(lost) / 2 == pytest.approx(cost - 24, rel=0.05)
