"""Figures for people: a value with its unit in Chinese and English."""

from fractions import Fraction

from marketsim.report.words import Pair
from marketsim.units import UnitError, parse_unit, words

LANGUAGES = ("zh", "en")
BASE_UNITS = {"fen": ("分", "fen"), "kg": ("千克", "kg"), "kgce": ("千克标准煤", "kgce"), "litre": ("升", "litre"), "kWh": ("千瓦时", "kWh")}
_COUNTS = {"days": ("天", "days"), "points": ("分", "points"), "percent": ("%", "%")}


def show(value: float, unit: str, digits: int | None = 4) -> Pair:
    """`value` in `unit` as (Chinese, English) text: 1.24e12 fen → (124 亿元, 12.4 bn CNY).

    `unit` is one of the summary's: a base unit (fen, kg, kgce, litre, kWh), a price such as CNY/t, a count, or 1 for a
    share, which is shown in percent.
    `digits` significant digits; None means all of them.
    """
    exact = Fraction(value)
    if unit in _COUNTS:
        number = words(exact, "", "en", digits)
        zh, en = _COUNTS[unit]
        gap = "" if unit == "percent" else " "
        return f"{number}{gap}{zh}".strip(), f"{number}{gap}{en}".strip()
    try:
        scale = parse_unit("%" if unit == "1" else unit)
    except UnitError:  # a unit of a right that is none of ours: shown as it is
        return (f"{words(exact, '', 'en', digits)} {unit}",) * 2
    base = exact if unit == "1" else exact * scale.value
    zh, en = (words(base, scale.dimension, lang, digits) for lang in LANGUAGES)
    return zh, en


def show_apart(value: float, unit: str, digits: int | None = 4) -> Pair:
    """A difference of two values in `unit`: between two shares it is counted in percentage points, never in percent."""
    if unit != "1":
        return show(value, unit, digits)
    number = words(Fraction(value) * 100, "", "en", digits)
    return f"{number} 个百分点", f"{number} pp"


def unit_words(unit: str) -> Pair:
    """A unit alone, where one of it is also one of the unit it is shown in: CNY/t → (元/吨, CNY/t)."""
    zh, en = show(1, unit)
    return (zh[2:], en[2:]) if zh.startswith("1 ") and en.startswith("1 ") else (unit, unit)
