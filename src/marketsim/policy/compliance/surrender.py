"""Surrender: use is paid in rights and offsets, shortfalls are penalised, what is left is banked or lapses.

Formula: due = min(use, allocation + cap_above × use) + owed; offsets ≤ limit × use; shortfall = due − offsets
− rights − borrowed; next year loses multiple × shortfall + (1 + interest) × borrowed; fine = shortfall ×
(fine + min(price multiple × mean price, ceiling)); banked ≤ limit × allocation; offsets above their limit stay
valid for later years.

Source: Tianjin: offsets ≤ 10 % (2018), out of projects since 2013-01-01: this bounds when a credit arose, not
how long it lasts; twofold deduction (2020, recalled), 3 years without preferential finance, carry-over (2025); national ETS: obligation of coal units at most free allocation + 20 % of verified
use, gas units none above it.
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import multiply_divide, ratio, scale
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Limits and penalties of one right."""

    offset_limit: float = parameter(
        0.10,
        unit="of use",
        within=(0, 1),
        meaning="Offsets count up to this share of the year's use.",
        meaning_zh="抵销比例上限（占当年用量）。",
        source="ICAP/GIZ 2018, literature",
    )
    obligation_above_free: float | None = parameter(
        None,
        unit="of use",
        within=(0, 1),
        meaning="The obligation is at most the free amount plus this share of use; empty means no such limit.",
        meaning_zh="履约义务上限：免费配额加用量的此比例；空为不设限。",
        source="national ETS 2019-20: 20 % for coal, 0 for gas",
    )
    deduction_multiple: float = parameter(
        2.0,
        unit="per unit short",
        within=(0, 10),
        meaning="Units taken from next year's allocation for each unit short.",
        meaning_zh="每短缺一单位从下年配额扣减的倍数。",
        source="Tianjin 2020 measures, recalled",
    )
    fine_cny_per_lot: float = parameter(
        0.0,
        unit="CNY per lot",
        within=(0, None),
        meaning="Fine for each lot short.",
        meaning_zh="每手短缺罚款。",
        source="Tianjin has none, literature",
    )
    price_multiple: float = parameter(
        0.0,
        unit="of the mean price",
        within=(0, 20),
        meaning="Fine for each lot short as a multiple of the mean price.",
        meaning_zh="按均价倍数计罚（或回购）。",
        source="3 × mean price for energy-use rights, assumption",
    )
    price_ceiling_cny_per_lot: float | None = parameter(
        None,
        unit="CNY per lot",
        within=(0, None),
        meaning="Most that the multiple of the price may come to; empty means no ceiling.",
        meaning_zh="按均价倍数计罚的上限；空为不设限。",
        source="300 CNY/tce for energy-use rights, assumption",
    )
    bank_limit: float | None = parameter(
        None,
        unit="of the allocation",
        within=(0, None),
        meaning="What may be carried over; empty means all, 0 means nothing.",
        meaning_zh="可结转比例；空为全部，0为不可结转。",
        source="Tianjin 2025: carry-over allowed, official",
    )
    borrow_limit: float = parameter(
        0.0,
        unit="of the next allocation",
        within=(0, 1),
        meaning="What may be borrowed from next year's rights.",
        meaning_zh="可预借下年配额比例。",
        source="no provision found in Tianjin",
    )
    borrow_interest: float = parameter(
        0.0,
        unit="per year",
        within=(0, 1),
        meaning="Units owed on top for each unit borrowed.",
        meaning_zh="预借利息（单位计）。",
        source="design choice",
    )
    barred_years: int = parameter(
        3,
        unit="years",
        within=(0, 10),
        meaning="Years a firm that was short is barred from preferential finance.",
        meaning_zh="失信企业不得享受优惠融资的年数。",
        source="ICAP/GIZ 2018, literature",
    )


@dataclass(frozen=True, kw_only=True)
class Obligations:
    """What each firm owes and holds on the day of surrender: `(firms,)` int64 base units.

    `owed` is what earlier years left (a deduction or a true-up nobody could take); `borrowable` is next
    year's expected allocation; `mean_price_fen_per_lot` and `lot_base` (base units of a lot) turn units into
    money.
    """

    use: np.ndarray
    owed: np.ndarray
    held: np.ndarray
    offsets: np.ndarray
    allocation: np.ndarray
    borrowable: np.ndarray
    mean_price_fen_per_lot: int
    lot_base: int


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What the day of surrender does: `(firms,)` int64, base units but `fine_fen` and `barred_years`.

    `due` = offsets_used + surrendered + borrowed + shortfall; `held` = surrendered + bank_allowed +
    cancelled.
    """

    due: np.ndarray
    offsets_used: np.ndarray
    surrendered: np.ndarray
    borrowed: np.ndarray
    shortfall: np.ndarray
    next_year_deduction: np.ndarray
    fine_fen: np.ndarray
    bank_allowed: np.ndarray
    cancelled: np.ndarray
    barred_years: np.ndarray


def fine_fen_per_lot(parameters: Parameters, mean_price_fen_per_lot: int) -> int:
    """Return the money a firm pays for each lot short, in whole fen, rounded up."""
    by_price = ratio(parameters.price_multiple) * mean_price_fen_per_lot
    if parameters.price_ceiling_cny_per_lot is not None:
        by_price = min(by_price, ratio(parameters.price_ceiling_cny_per_lot) * 100)
    return math.ceil(ratio(parameters.fine_cny_per_lot) * 100 + by_price)


def apply(parameters: Parameters, obligations: Obligations) -> Settlement:
    """Return the settlement of every firm; offsets are used first, then own rights, then borrowing."""
    use = obligations.use
    liable = use
    if parameters.obligation_above_free is not None:
        liable = np.minimum(use, obligations.allocation + scale(use, parameters.obligation_above_free))
    due = liable + obligations.owed
    offsets_used = np.minimum(np.minimum(obligations.offsets, scale(use, parameters.offset_limit)), due)
    surrendered = np.minimum(obligations.held, due - offsets_used)
    missing = due - offsets_used - surrendered
    borrowed = np.minimum(missing, scale(obligations.borrowable, parameters.borrow_limit))
    shortfall = missing - borrowed
    left = obligations.held - surrendered
    banked = left
    if parameters.bank_limit is not None:
        banked = np.minimum(left, scale(obligations.allocation, parameters.bank_limit))
    fine = fine_fen_per_lot(parameters, obligations.mean_price_fen_per_lot)
    return Settlement(
        due=due,
        offsets_used=offsets_used,
        surrendered=surrendered,
        borrowed=borrowed,
        shortfall=shortfall,
        next_year_deduction=scale(shortfall, parameters.deduction_multiple)
        + scale(borrowed, 1 + ratio(parameters.borrow_interest)),
        fine_fen=-multiply_divide(-shortfall, fine, obligations.lot_base),
        bank_allowed=banked,
        cancelled=left - banked,
        barred_years=np.where(shortfall > 0, parameters.barred_years, 0),
    )


def _one(use: int, held: int) -> Obligations:
    none = np.zeros(1, np.int64)
    return Obligations(
        use=np.array([use]),
        owed=none,
        held=np.array([held]),
        offsets=none,
        allocation=none,
        borrowable=none,
        mean_price_fen_per_lot=2956,
        lot_base=1000,
    )


EXAMPLE = Example(
    given="A firm used 100 t and holds 90 t; next year it loses twice the 10 t it is short (kg).",
    given_zh="某企业用量100吨、持有90吨；下年扣减短缺10吨的两倍（千克）。",
    run=lambda: apply(Parameters(), _one(100_000, 90_000)).next_year_deduction.tolist(),
    then=[20_000],
)

RULE = Rule(
    name="surrender",
    room="compliance",
    title_en="Surrender, penalty and banking",
    title_zh="履约清缴、处罚与结转",
    summary_zh="履约：用量以权利与抵销量清缴，短缺受罚，剩余结转或作废。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
