"""Quantities with units: exact reading of “8200 万tce” or “25 CNY/t” into base units, and back into words.

Base units: fen, kg (of CO2e), kgce, litre, kWh, kW, share, day, hour, year, person. A dimension is one of these names or a
ratio of two ("fen/kg"). All arithmetic is in fractions: no float is ever made. Source: conversion by SI prefixes and the
Chinese numerals 万 = 10^4, 亿 = 10^8; 1 tce = 1,000 kgce.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

NUMBER = re.compile(r"[+\-−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")
LARGEST_DIGITS = 40
MULTIPLIERS = {
    "万亿": 10**12, "亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "千": 10**3,
    "bn": 10**9, "billion": 10**9, "million": 10**6, "M": 10**6, "thousand": 10**3, "k": 10**3,
}  # fmt: skip
SYMBOLS: dict[str, dict[str, Fraction | int]] = {
    "fen": {"CNY": 100, "RMB": 100, "yuan": 100, "元": 100, "¥": 100, "角": 10, "fen": 1, "分": 1},
    "kg": {"t": 1000, "吨": 1000, "kg": 1, "千克": 1, "公斤": 1, "g": Fraction(1, 1000), "kt": 10**6, "Mt": 10**9, "Gt": 10**12},
    "kgce": {"tce": 1000, "ktce": 10**6, "Mtce": 10**9, "吨标准煤": 1000, "吨标煤": 1000, "kgce": 1, "千克标准煤": 1},
    "litre": {"m3": 1000, "立方米": 1000, "方": 1000, "L": 1, "litre": 1, "升": 1, "Mm3": 10**9, "km3": 10**12},
    "kWh": {"Wh": Fraction(1, 1000), "kWh": 1, "千瓦时": 1, "度": 1, "MWh": 10**3, "兆瓦时": 10**3, "GWh": 10**6, "TWh": 10**9},
    "kW": {"kW": 1, "千瓦": 1, "MW": 10**3, "兆瓦": 10**3, "GW": 10**6},
    "share": {"%": Fraction(1, 100), "‰": Fraction(1, 1000), "pp": Fraction(1, 100)},
    "day": {"d": 1, "day": 1, "days": 1, "天": 1, "日": 1},
    "hour": {"h": 1, "hour": 1, "hours": 1, "小时": 1},
    "year": {"yr": 1, "year": 1, "years": 1, "a": 1, "年": 1},
    "person": {"person": 1, "persons": 1, "people": 1, "人": 1},
}
OF_GAS = re.compile(r"^([kMG]?t|kg|g|吨|千克)(?:CO2e?q?|二氧化碳(?:当量)?)$")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x2E}
SCALES = {  # the way back: (base units, symbol), largest first
    "en": {
        "fen": ((10**11, "bn CNY"), (10**8, "M CNY"), (100, "CNY")),
        "kg": ((10**12, "Gt"), (10**9, "Mt"), (10**6, "kt"), (1000, "t")),
        "kgce": ((10**9, "Mtce"), (10**6, "ktce"), (1000, "tce")),
        "litre": ((10**12, "bn m3"), (10**9, "M m3"), (1000, "m3")),
        "kWh": ((10**9, "TWh"), (10**6, "GWh"), (1000, "MWh"), (1, "kWh")),
        "kW": ((10**6, "GW"), (1000, "MW"), (1, "kW")),
        "day": ((1, "days"),), "hour": ((1, "hours"),), "year": ((1, "years"),), "person": ((1, "people"),),
    },
    "zh": {
        "fen": ((10**10, "亿元"), (10**6, "万元"), (100, "元")),
        "kg": ((10**11, "亿吨"), (10**7, "万吨"), (1000, "吨")),
        "kgce": ((10**11, "亿吨标准煤"), (10**7, "万吨标准煤"), (1000, "吨标准煤")),
        "litre": ((10**11, "亿立方米"), (10**7, "万立方米"), (1000, "立方米")),
        "kWh": ((10**8, "亿千瓦时"), (10**4, "万千瓦时"), (1, "千瓦时")),
        "kW": ((10**4, "万千瓦"), (1, "千瓦")),
        "day": ((1, "天"),), "hour": ((1, "小时"),), "year": ((1, "年"),), "person": ((1, "人"),),
    },
}  # fmt: skip
PER = {"en": {"day": (1, "d"), "hour": (1, "h"), "year": (1, "yr"), "person": (1, "person")}, "zh": {}}


class UnitError(ValueError):
    """A quantity that cannot be read: a message code of the catalogues and the values that its sentence names."""

    def __init__(self, code: str, values: Mapping[str, str]):
        super().__init__(f"{code} {dict(values)}")
        self.code, self.values = code, dict(values)


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """An exact amount: `value` in base units of `dimension` (a bare number: ""); comparable with a bound in base units."""

    value: Fraction
    dimension: str

    def __gt__(self, bound: int | Fraction) -> bool:
        return self.value > bound

    def __ge__(self, bound: int | Fraction) -> bool:
        return self.value >= bound


def parse(text: str, dimension: str | None = None) -> Quantity:
    """Read one quantity exactly; with `dimension`, refuse any other. Raises UnitError (MS201-MS207, MS211)."""
    number, unit = _split(_plain(text))
    factor, found = _unit(unit, text) if unit else (Fraction(1), "")
    quantity = Quantity(value=number * factor, dimension=found)
    expect(quantity, dimension, text)
    return quantity


def parse_range(text: str, dimension: str | None = None) -> tuple[Quantity, Quantity]:
    """Read `10 .. 120 CNY/t`; a left end without a unit takes the right end's. Raises UnitError (also MS209, MS212)."""
    plain = _plain(text)
    if plain.count("..") != 1:
        ends = re.split(r"(?<=[\d%\w])\s*(?:[-–—~～至]|to)\s*(?=[\d−-])", plain)
        raise UnitError("MS212", {"text": text, "example": " .. ".join(ends) if len(ends) == 2 else "10 .. 120"})
    left, right = (end.strip() for end in plain.split(".."))
    high = parse(right, dimension)
    number, unit = _split(left)
    low = parse(left if unit else left + _split(right)[1], dimension)
    if low.dimension != high.dimension:
        raise UnitError("MS202", {"text": left, "found": low.dimension, "expected": high.dimension})
    if low.value > high.value:
        unit = unit or _split(right)[1]
        ends = " .. ".join(end.removesuffix(unit).strip() for end in (right, left))
        raise UnitError("MS209", {"text": text, "example": f"{ends} {unit}".strip()})
    return low, high


def parse_date(text: str) -> date:
    """Read `2020-09-01`. Raises UnitError MS208, or MS206 for full-width characters."""
    plain = _plain(text)
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", plain):
            raise ValueError
        return date.fromisoformat(plain)
    except ValueError:
        raise UnitError("MS208", {"text": text}) from None


def parse_unit(text: str) -> Quantity:
    """Read a bare unit such as `元/t`: how many base units one of it is. Raises UnitError (MS205, MS206)."""
    factor, dimension = _unit(_plain(text), text)
    return Quantity(value=factor, dimension=dimension)


def words(value: Fraction | int, dimension: str, lang: str = "en", digits: int | None = None) -> str:
    """`value` base units in the reader's language; exact unless `digits` significant digits are asked for."""
    if dimension == "share":
        return _decimal(Fraction(value) * 100, digits) + "%"
    top, _, bottom = dimension.partition("/")
    scales = SCALES[lang].get(top, ((1, top),))
    if not bottom:
        scale, symbol = next((s for s in scales if abs(value) >= s[0]), scales[-1])
        return f"{_decimal(Fraction(value) / scale, digits)} {symbol}".rstrip()
    above = (Fraction(1, 100), "%") if top == "share" else scales[-1]  # ratios stay in the plain units: CNY/t, 元/吨
    below = PER[lang].get(bottom) or SCALES[lang].get(bottom, ((1, bottom),))[-1]
    return f"{_decimal(Fraction(value) * below[0] / above[0], digits)} {above[1]}/{below[1]}".replace(" %", "%")


def whole(quantity: Quantity, text: str) -> int:
    """The value as a whole number of base units below 2^63. Raises UnitError MS210 or MS211."""
    if quantity.value.denominator != 1:
        raise UnitError("MS210", {"text": text, "unit": quantity.dimension or "1"})
    if abs(quantity.value) >= 2**63:
        raise UnitError("MS211", {"text": text})
    return int(quantity.value)


def full_width(text: str) -> str | None:
    """The same text in half-width characters, or None where it has no full-width ones."""
    narrow = text.translate(FULL_WIDTH)
    return narrow if narrow != text else None


def _plain(text: str) -> str:
    """Refuse full-width characters by name; write ³ and ₂ as digits."""
    narrow = full_width(text)
    if narrow is not None:
        raise UnitError("MS206", {"text": text, "example": narrow})
    return text.strip().replace("³", "3").replace("₂", "2").replace("−", "-")


def _split(plain: str) -> tuple[Fraction, str]:
    """Cut `8200 万tce` into the number and the unit's text."""
    found = NUMBER.match(plain)
    if not found or sum(c.isdigit() for c in found.group()) > LARGEST_DIGITS:
        raise UnitError("MS207" if not found else "MS211", {"text": plain})
    rest = plain[found.end() :].strip()
    if rest[:1].isdigit() or rest[:1] in (",", "."):
        raise UnitError("MS207", {"text": plain})
    return Fraction(Decimal(found.group())), rest


def _unit(unit: str, text: str) -> tuple[Fraction, str]:
    """Factor and dimension of a unit such as `万tce` or `CNY/tCO2`."""
    parts = [_factor(part.strip(), text) for part in unit.split("/")]
    if len(parts) == 1:
        return parts[0]
    if len(parts) > 2:
        raise UnitError("MS205", {"text": text, "unit": unit})
    (top, above), (bottom, below) = parts
    return top / bottom, f"{above}/{below}"


def _factor(part: str, text: str) -> tuple[Fraction, str]:
    """Factor and dimension of one unit, with an optional multiplier in front."""
    multipliers = [""] + [word for word in MULTIPLIERS if part.startswith(word)]
    for multiplier in multipliers:
        symbol = part[len(multiplier) :].strip()
        gas = OF_GAS.match(symbol)
        symbol = gas.group(1) if gas else symbol
        for dimension, symbols in SYMBOLS.items():
            if symbol in symbols:
                return Fraction(symbols[symbol]) * MULTIPLIERS.get(multiplier, 1), dimension
    raise UnitError("MS205", {"text": text, "unit": part})


def expect(quantity: Quantity, dimension: str | None, text: str) -> None:
    """Refuse a missing or another dimension than the one asked for."""
    if dimension is None or quantity.dimension == dimension:
        return
    if quantity.dimension == "" and dimension == "share":
        share = _decimal(quantity.value * 100, None)
        raise UnitError("MS203", {"text": text, "percent": f"{text}%", "fraction": f"{share}%"})
    if quantity.dimension == "":
        raise UnitError("MS201", {"text": text})
    raise UnitError("MS202", {"text": text, "found": quantity.dimension, "expected": dimension})


def _decimal(value: Fraction, digits: int | None) -> str:
    """A fraction as a plain decimal: exact where it ends, else to `digits` (or 12) significant digits, half to even."""
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if digits is None and twos_and_fives == 1:
        places = 0
        while (value * 10**places).denominator != 1:
            places += 1
    else:
        size = len(str(abs(int(value)))) if abs(value) >= 1 else 1 - _zeros(value)
        places = (digits or 12) - size
    shifted = round(value * Fraction(10) ** places)
    number = Decimal(shifted).scaleb(-places)
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _zeros(value: Fraction) -> int:
    """Zeros behind the point before the first digit that counts, plus one: 0.05 has 2; zero itself has 0."""
    zeros = 0
    while value and abs(value) * 10**zeros < 1:
        zeros += 1
    return zeros
