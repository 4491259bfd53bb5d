"""The pilot presets: one mechanism, thin in Tianjin and livelier in Hubei. A few seeds here.

Hubei itself had 1 % of weeks without a trade; the preset does not get there (docs/behaviour.md).
"""

from datetime import date
from statistics import fmean, median

import pytest

from marketsim.markets.weekly import weekly
from marketsim.scenario import load
from marketsim.simulation import run

BEHAVIOUR = ("strategies", "attention", "rush", "outlook", "discount_rate", "expectation_weight", "news_weight", "urgency", "availability")


def weeks(preset: str, seed: int):
    scenario = load(f"scenarios/{preset}.yaml")
    series = run(scenario, seed).series
    price, volume = (series[series.metric == f"carbon.{name}"] for name in ("price", "volume"))
    days = [(date.fromisoformat(day), p, v / 1e6) for day, p, v in zip(price.date, price.value, volume.value, strict=True)]
    return weekly(days, [date(2015 + year, 6, 30) for year in range(scenario.question.years)])


@pytest.fixture(scope="module")
def tianjin():
    return [weeks("tianjin-2014-2017", seed) for seed in range(101, 107)]


def test_tianjin_is_thin(tianjin):
    assert min(seen.weeks for seen in tianjin) >= 150
    assert 0.20 <= fmean(seen.quiet_share for seen in tianjin) <= 0.45
    assert median(seen.volume_mean / max(seen.volume_median, 1e-9) for seen in tianjin) >= 10
    assert fmean(seen.rush_share for seen in tianjin) >= 0.5
    assert 0.05 <= fmean(seen.return_sd for seen in tianjin) <= 0.15
    assert fmean(seen.return_kurtosis for seen in tianjin) > 6


@pytest.mark.slow
def test_hubei_is_livelier_by_the_same_mechanism(tianjin):
    hubei = [weeks("hubei-2014-2017", seed) for seed in (101, 102, 103)]
    assert fmean(seen.quiet_share for seen in hubei) < fmean(seen.quiet_share for seen in tianjin) / 2
    assert fmean(seen.volume_mean for seen in hubei) > 2 * fmean(seen.volume_mean for seen in tianjin)


def test_the_presets_share_every_number_of_behaviour():
    thin, lively = (load(f"scenarios/{name}-2014-2017.yaml").question for name in ("tianjin", "hubei"))
    for name in BEHAVIOUR:
        assert getattr(thin.firms, name) == getattr(lively.firms, name), name
    assert thin.firms.investors != lively.firms.investors
    assert thin.calendar == lively.calendar and thin.region == lively.region
