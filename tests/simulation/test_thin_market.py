"""The pilot presets: one mechanism, thin in Tianjin and liquid in Hubei. A few seeds here, twenty by `marketsim validation --full`."""

from pathlib import Path
from statistics import fmean, median

import pytest

from marketsim.report.validation.pilots import weeks
from marketsim.scenario import load

OBSERVABLE = {"scale", "firms.investors", "markets.carbon.allocation.factor"}
"""Number and size of firms, who may trade, how loose the allocation is."""
TITLES = {"title.zh", "title.en", "source", "look_at.zh", "look_at.en"}


def flat(block: dict, path: str = "") -> dict:
    """Every value of a question by its dotted path; investors are one value."""
    found = {}
    for key, value in block.items():
        here = f"{path}{key}"
        found |= flat(value, f"{here}.") if isinstance(value, dict) and here != "firms.investors" else {here: value}
    return found


@pytest.fixture(scope="module")
def tianjin():
    return [weeks("tianjin", seed) for seed in range(101, 107)]


def test_tianjin_is_thin(tianjin):
    assert min(seen.weeks for seen in tianjin) >= 150
    assert 0.20 <= fmean(seen.quiet_share for seen in tianjin) <= 0.45
    assert median(seen.volume_mean / max(seen.volume_median, 1e-9) for seen in tianjin) >= 10
    assert fmean(seen.rush_share for seen in tianjin) >= 0.5
    assert 0.05 <= fmean(seen.return_sd for seen in tianjin) <= 0.15
    assert fmean(seen.return_kurtosis for seen in tianjin) > 6


@pytest.mark.slow
def test_hubei_is_liquid_by_the_same_mechanism(tianjin):
    hubei = [weeks("hubei", seed) for seed in (101, 102, 103)]
    assert fmean(seen.quiet_share for seen in hubei) < 0.05
    assert fmean(seen.volume_mean for seen in hubei) > 2 * fmean(seen.volume_mean for seen in tianjin)


def test_the_presets_differ_in_what_can_be_observed_and_in_nothing_else():
    thin, lively = (flat(load(f"scenarios/{name}-2014-2017.yaml").question.model_dump()) for name in ("tianjin", "hubei"))
    differ = {key for key in thin.keys() | lively.keys() if thin.get(key) != lively.get(key)}
    assert differ - TITLES == OBSERVABLE
    page = (Path(__file__).resolve().parents[2] / "docs" / "behaviour.md").read_text(encoding="utf-8")
    assert all(f"\n| `{key}` |" in page for key in OBSERVABLE)
