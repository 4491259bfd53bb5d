"""Two pilot markets by one mechanism: weekly statistics of the presets of Tianjin and Hubei beside Table 4 of the literature.

The presets differ only in the number of firms, in who may trade and in how loose the allocation is (docs/behaviour.md).
Source: China Policy Journal 1(1), 2018, Table 4, weekly figures from the launch to the end of 2017.
"""

from datetime import date
from statistics import fmean, median

from marketsim.markets.weekly import Weekly, weekly
from marketsim.report.validation.check import Check, between, holds, reported, shown
from marketsim.scenario import load
from marketsim.simulation import run

FRESH = range(301, 321)
"""Seeds first run when the presets had their values, none of which changed after; those up to 220 were looked at while fitting."""
DIVISOR = 1e-9


def weeks(pilot: str, seed: int) -> Weekly:
    """Weekly statistics of one run of a pilot's preset; volumes in kt."""
    scenario = load(f"{pilot}-2014-2017")
    series = run(scenario, seed).series
    price, volume = (series[series.metric == f"carbon.{name}"] for name in ("price", "volume"))
    days = [(date.fromisoformat(day), p, v / 1e6) for day, p, v in zip(price.date, price.value, volume.value, strict=True)]
    surrender = scenario.question.markets["carbon"].calendar.surrender
    return weekly(days, [surrender.replace(year=surrender.year + year) for year in range(scenario.question.years)])


def table(seeds: range = FRESH) -> list[Check]:
    """Both presets over a block of seeds."""
    thin, lively = ([weeks(pilot, seed) for seed in seeds] for pilot in ("tianjin", "hubei"))

    def mean(runs: list[Weekly], name: str) -> float:
        return fmean(getattr(one, name) for one in runs)

    def extremes(runs: list[Weekly]) -> tuple[float, float]:
        return tuple(100 * extreme(one.quiet_share for one in runs) for extreme in (min, max))

    return [
        holds("weeks, each preset", "183 and 170 (paper)", f"{thin[0].weeks} and {lively[0].weeks}", min(one.weeks for one in thin + lively) >= 150),
        between("Tianjin: weeks without a trade, % (paper 32.8)", 100 * mean(thin, "quiet_share"), 20, 45),
        shown("Tianjin: the same, least and most of the seeds, %", "", extremes(thin)),
        between("Tianjin: mean over median weekly volume (paper 45.6)", median(one.volume_mean / max(one.volume_median, DIVISOR) for one in thin), 10, None),
        reported("Tianjin: the same, of all seeds together", "", mean(thin, "volume_mean") / mean(thin, "volume_median")),
        between("Tianjin: volume of the two months before the surrender, %", 100 * mean(thin, "rush_share"), 50, None),
        between("Tianjin: sd of weekly log returns (paper 0.100)", mean(thin, "return_sd"), 0.05, 0.15),
        between("Tianjin: kurtosis of weekly log returns (paper 13.5)", mean(thin, "return_kurtosis"), 6, None),
        reported("Tianjin: mean weekly volume, kt", "16.4 (paper)", mean(thin, "volume_mean")),
        reported("Tianjin: median weekly volume, kt", "0.36 (paper)", mean(thin, "volume_median")),
        between("Hubei: weeks without a trade, % (paper 1.2)", 100 * mean(lively, "quiet_share"), 0, 5),
        shown("Hubei: the same, least and most of the seeds, %", "", extremes(lively)),
        reported("Hubei: sd of weekly log returns", "0.051 (paper)", mean(lively, "return_sd")),
        reported("Hubei: kurtosis of weekly log returns", "10.5 (paper)", mean(lively, "return_kurtosis")),
        reported("Hubei: mean over median weekly volume", "1.8 (paper)", median(one.volume_mean / max(one.volume_median, DIVISOR) for one in lively)),
    ]  # fmt: skip
