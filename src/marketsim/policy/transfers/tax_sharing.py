"""Taxes of a firm moved by its government are shared with the old place, for some years and up to a limit.

Formula: origin gets min(share × tax, limit − received) in years 1 to n, and in the years after up to n + m
while the limit is not reached; limit = taxes of the three years before the move.

Source: Beijing-Tianjin-Hebei tax sharing 2015, official: 50:50, three years, two more, mean three taxes ≥ 20
M CNY a year, moves led by the market do not count. Reading of the limit: what the origin has received adds up
to it.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import ratio, scale
from marketsim.policy.rule import Example, Rule, parameter
from marketsim.policy.transfers.payments import Payments, payments


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Share, years and threshold."""

    share: float = parameter(
        0.5,
        unit="of the tax",
        within=(0, 1),
        meaning="Share of the taxes that goes to the origin.",
        meaning_zh="迁出地分享比例。",
        source="2015 rule, official",
    )
    years: int = parameter(
        3,
        unit="years",
        within=(0, 50),
        meaning="Years of sharing.",
        meaning_zh="分享年限。",
        source="2015 rule, official",
    )
    more_years: int = parameter(
        2,
        unit="years",
        within=(0, 50),
        meaning="Years added while the limit is not reached.",
        meaning_zh="未达上限时延长年限。",
        source="2015 rule, official",
    )
    threshold_cny: float = parameter(
        20_000_000.0,
        unit="CNY a year",
        within=(0, None),
        meaning="Least mean tax of the three years before the move.",
        meaning_zh="迁出前三年年均税收门槛。",
        source="2015 rule, official",
    )
    limited: bool = parameter(
        True,
        unit="-",
        meaning="The origin's receipts end at the three years' taxes before the move.",
        meaning_zh="以迁出前三年税收总和为上限。",
        source="2015 rule, official",
    )


@dataclass(frozen=True, kw_only=True)
class Moves:
    """Columns, `(moves,)` int64: `origin` and `host` parties, `before_fen` tax of the three years before,
    `received_fen` by the origin so far, `year` since the move from 1, `tax_fen` of this year;
    `led_by_government` bool."""

    origin: np.ndarray
    host: np.ndarray
    before_fen: np.ndarray
    received_fen: np.ndarray
    year: np.ndarray
    tax_fen: np.ndarray
    led_by_government: np.ndarray


def apply(parameters: Parameters, moves: Moves) -> Payments:
    """Return what hosts pay origins this year."""
    eligible = moves.led_by_government & (moves.before_fen >= int(ratio(parameters.threshold_cny) * 300))
    eligible = eligible & (moves.year >= 1) & (moves.year <= parameters.years + parameters.more_years)
    room = np.maximum(moves.before_fen - moves.received_fen, 0)
    due = scale(moves.tax_fen, parameters.share)
    due = np.minimum(due, room) if parameters.limited else np.where(moves.year <= parameters.years, due, 0)
    return payments(moves.host, moves.origin, np.where(eligible, due, 0), "tax sharing")


def _move(before: int, received: int, year: int, tax: int) -> Moves:
    return Moves(
        origin=np.array([0]),
        host=np.array([1]),
        before_fen=np.array([before]),
        received_fen=np.array([received]),
        year=np.array([year]),
        tax_fen=np.array([tax]),
        led_by_government=np.array([True]),
    )


EXAMPLE = Example(
    given="90 M CNY of tax before the move, 100 M CNY a year after it; second year, 50 M CNY received (fen).",
    given_zh="迁出前三年税收0.9亿元，迁入后每年1亿元；第二年，已得0.5亿元（分）。",
    run=lambda: apply(Parameters(), _move(9_000_000_000, 5_000_000_000, 2, 10_000_000_000)).fen.tolist(),
    then=[4_000_000_000],
)

RULE = Rule(
    name="tax_sharing",
    room="transfers",
    title_en="Tax sharing for moved firms",
    title_zh="产业转移税收分享",
    summary_zh="政府主导迁移企业的税收与迁出地分享，有年限与上限。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
