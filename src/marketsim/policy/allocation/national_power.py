"""The national form for power plants: benchmarks with corrections for cooling, heat and load.

Formula: A = kWh × Be × Fl × Fr × Ff + MJ × Bh; Fl 1.05 for air cooling; Fr = 1 − 0.22 × heat share; Ff(F) = 1
for F ≥ .85, 1 + .0014 (85 − 100F), 1.007 + .0016 (80 − 100F), 1.015^(16 − 20F) below .75; coal only.

Source: national ETS plan 2019-20: benchmarks from ICAP (literature); Fl, Fr, Ff recalled, Ff gives +9.7 % at
49 % as reported.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from marketsim.policy.allocation.claimants import Plants
from marketsim.policy.exact import ratio
from marketsim.policy.rule import Example, Rule, RuleError, parameter

KINDS = ("coal_large", "coal_small", "coal_unconventional", "gas")
PPM = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PowerUnits:
    """Columns of power plants, `(firms,)`: `kind` index in KINDS, kWh supplied, MJ of heat, load factor and
    share of heat in parts per million, air cooled bool."""

    kind: np.ndarray
    supplied_kwh: np.ndarray
    heat_mj: np.ndarray
    load_ppm: np.ndarray
    heat_share_ppm: np.ndarray
    air_cooled: np.ndarray


def _benchmark(value: float, what: str, what_zh: str):
    return parameter(
        value,
        unit="kg/kWh",
        within=(0, 3),
        meaning=f"Power benchmark, {what}.",
        meaning_zh=f"供电基准值，{what_zh}。",
        source="national ETS 2019-20, literature; lower in 2021, recalled",
    )


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Benchmarks and corrections."""

    coal_large: float = _benchmark(0.877, "coal above 300 MW", "300MW等级以上燃煤")
    coal_small: float = _benchmark(0.979, "coal of 300 MW and less", "300MW等级及以下燃煤")
    coal_unconventional: float = _benchmark(1.146, "unconventional coal", "非常规燃煤")
    gas: float = _benchmark(0.392, "gas", "燃气")
    heat_coal: float = parameter(
        0.126,
        unit="kg/MJ",
        within=(0, 1),
        meaning="Heat benchmark, coal.",
        meaning_zh="供热基准值，燃煤。",
        source="national ETS 2019-20, literature",
    )
    heat_gas: float = parameter(
        0.059,
        unit="kg/MJ",
        within=(0, 1),
        meaning="Heat benchmark, gas.",
        meaning_zh="供热基准值，燃气。",
        source="national ETS 2019-20, literature",
    )
    air_cooling: float = parameter(
        1.05,
        unit="-",
        within=(1, 1.2),
        meaning="Factor for air-cooled units.",
        meaning_zh="空冷修正系数。",
        source="national ETS 2019-20, recalled",
    )
    heat_slope: float = parameter(
        0.22,
        unit="-",
        within=(0, 1),
        meaning="Fall of the power benchmark with the share of heat.",
        meaning_zh="供热量修正斜率。",
        source="national ETS 2019-20, recalled",
    )


def load_correction(load_ppm: int) -> Fraction:
    """Return Ff of a load factor in parts per million, to six decimals."""
    load = Fraction(100 * load_ppm, PPM)
    if load >= 85:
        return Fraction(1)
    if load >= 80:
        return 1 + Fraction(14, 10_000) * (85 - load)
    if load >= 75:
        return Fraction(1007, 1000) + Fraction(16, 10_000) * (80 - load)
    return Fraction(round(math.pow(1.015, 16 - 20 * load_ppm / PPM) * PPM), PPM)


def _due(parameters: Parameters, units: PowerUnits, place: int) -> int:
    kind = KINDS[int(units.kind[place])]
    benchmarks = {
        "coal_large": parameters.coal_large,
        "coal_small": parameters.coal_small,
        "coal_unconventional": parameters.coal_unconventional,
        "gas": parameters.gas,
    }
    factor, heat = ratio(benchmarks[kind]), parameters.heat_gas
    if kind != "gas":
        heat = parameters.heat_coal
        factor *= load_correction(int(units.load_ppm[place]))
        factor *= 1 - ratio(parameters.heat_slope) * Fraction(int(units.heat_share_ppm[place]), PPM)
        if units.air_cooled[place]:
            factor *= ratio(parameters.air_cooling)
    return int(int(units.supplied_kwh[place]) * factor + int(units.heat_mj[place]) * ratio(heat))


def apply(parameters: Parameters, claimants: Plants) -> np.ndarray:
    """Return free rights in kg, `(firms,)` int64. Raises: RuleError when the claimants carry no `power`
    columns."""
    if not isinstance(claimants.power, PowerUnits):
        raise RuleError("national_power needs the column `power` (PowerUnits) of its claimants")
    due = [_due(parameters, claimants.power, place) for place in range(len(claimants.covered))]
    return claimants.grant(np.array(due, np.int64))


EXAMPLE = Example(
    given="A 660 MW coal unit supplies 1 GWh at a load factor of 49 %, water cooled, no heat (kg).",
    given_zh="某660MW燃煤机组供电1百万千瓦时，出力系数49%，水冷，不供热（千克）。",
    run=lambda: apply(
        Parameters(),
        Plants(
            covered=np.array([True]),
            power=PowerUnits(
                kind=np.array([0]),
                supplied_kwh=np.array([1_000_000]),
                heat_mj=np.array([0]),
                load_ppm=np.array([490_000]),
                heat_share_ppm=np.array([0]),
                air_cooled=np.array([False]),
            ),
        ),
    ).tolist(),
    then=[961_809],
)

RULE = Rule(
    name="national_power",
    room="allocation",
    title_en="National benchmark for power plants",
    title_zh="全国碳市场发电行业基准法",
    summary_zh="全国碳市场发电行业形式：供电与供热基准值，经冷却、供热、负荷修正。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
