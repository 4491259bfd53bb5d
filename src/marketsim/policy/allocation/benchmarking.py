"""Free rights by a benchmark of the sector per unit of output, given or a percentile of its firms.

Formula: A_i = factor × q_i × b_s; b_s is given, or the use per output of the firm at which the sector's
output, counted from the lowest intensity up, first reaches the percentile.

Source: national trial benchmarks 2017 (clinker 0.8534, aluminium 9.1132 t/t); EU ETS uses the best tenth of
firms.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.allocation.claimants import Claimants
from marketsim.policy.exact import multiply_divide, ratio, scale, total
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The benchmark of each sector and the factor on it."""

    percentile: float = parameter(
        50.0,
        unit="%",
        within=(0, 100),
        meaning="Share of a sector's output, best firms first, that meets the benchmark.",
        meaning_zh="基准线分位：行业产量由优到劣累计占比。",
        source="design choice; 10 % in the EU ETS",
    )
    values: dict = parameter(
        {},
        unit="base units per unit of output",
        within=(0, None),
        meaning="Given benchmark of a sector; overrides the percentile.",
        meaning_zh="给定的行业基准值，优先于分位。",
        source="national trial benchmarks 2017, literature",
    )
    factor: float = parameter(
        1.0,
        unit="-",
        within=(0, 2),
        meaning="Decline or control factor on the benchmark.",
        meaning_zh="下降系数。",
        source="Guangdong form, literature",
    )


def apply(parameters: Parameters, claimants: Claimants) -> np.ndarray:
    """Return free rights, `(firms,)` int64 base units."""
    now, sector = claimants.need("output_now"), claimants.need("sector")
    given = claimants.per_sector(parameters.values, None)
    due = np.zeros(len(now), np.int64)
    for index in np.unique(sector[claimants.covered]).tolist():
        members = claimants.covered & (sector == index)
        value = given[index] if given else None
        if value is None:
            used, made = benchmark_firm(claimants, members, parameters.percentile)
            due[members] = multiply_divide(now[members], used, made)
        else:
            due[members] = scale(now[members], value)
    return claimants.grant(scale(due, parameters.factor))


def benchmark_firm(claimants: Claimants, members: np.ndarray, percentile: float) -> tuple[int, int]:
    """Return (use, output) over the base years of the firm that sets a sector's benchmark; (0, 0) without
    output.

    Intensities are compared as correctly rounded quotients, equal ones in row order.
    """
    used = claimants.need("use")[:, members].sum(axis=0)
    made = claimants.need("output")[:, members].sum(axis=0)
    used, made = used[made > 0], made[made > 0]
    if len(made) == 0:
        return 0, 0
    order = np.argsort(used / made, kind="stable")
    wanted = ratio(percentile) / 100 * total(made)
    reached = 0
    for place in order.tolist():
        reached += int(made[place])
        if reached >= wanted:
            break
    return int(used[place]), int(made[place])


EXAMPLE = Example(
    given="Three kilns of equal output at 0.80, 0.85 and 0.95 t/t; the median sets the benchmark; 1,000 t each (kg).",
    given_zh="三条等产量水泥熟料线强度0.80、0.85、0.95吨/吨；以中位为基准，各产1000吨（千克）。",
    run=lambda: apply(
        Parameters(percentile=50.0),
        Claimants(
            covered=np.ones(3, bool),
            use=np.array([[800_000, 850_000, 950_000]]),
            output=np.array([[1000, 1000, 1000]]),
            output_now=np.array([1000, 1000, 1000]),
            sector=np.zeros(3, np.int16),
            sectors=("clinker",),
        ),
    ).tolist(),
    then=[850_000, 850_000, 850_000],
)

RULE = Rule(
    name="benchmarking",
    room="allocation",
    title_en="Benchmark of the sector",
    title_zh="行业基准线法",
    summary_zh="按行业基准值（给定值或企业强度分位）乘以当年产出免费发放。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
