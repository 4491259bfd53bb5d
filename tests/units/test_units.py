"""Quantities with units: exact reading, refusals by code, and the way back in both languages."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim import units

READ = [  # text | base units | dimension
    ("8200 万tce", 82_000_000_000, "kgce"),
    ("8200万吨标准煤", 82_000_000_000, "kgce"),
    ("60 MtCO2", 60_000_000_000, "kg"),
    ("60 MtCO₂e", 60_000_000_000, "kg"),
    ("6000 万吨", 60_000_000_000, "kg"),
    ("27.5 亿m3", 2_750_000_000_000, "litre"),
    ("27.5 亿立方米", 2_750_000_000_000, "litre"),
    ("50 Mm³", 50_000_000_000, "litre"),
    ("87.5 TWh", 87_500_000_000, "kWh"),
    ("875 亿千瓦时", 87_500_000_000, "kWh"),
    ("3000 MW", 3_000_000, "kW"),
    ("2 千瓦时", 2, "kWh"),
    ("2 千克", 2, "kg"),
    ("124 亿元", 1_240_000_000_000, "fen"),
    ("12.4 bn CNY", 1_240_000_000_000, "fen"),
    ("25 CNY/t", Fraction(5, 2), "fen/kg"),
    ("25 元/吨", Fraction(5, 2), "fen/kg"),
    ("0.9 CNY/m3", Fraction(9, 100), "fen/litre"),
    ("0.3655 CNY/kWh", Fraction("36.55"), "fen/kWh"),
    ("0.6101 tCO2/MWh", Fraction("0.6101"), "kg/kWh"),
    ("3.2%", Fraction(4, 125), "share"),
    ("−15%", Fraction(-3, 20), "share"),
    ("-15 %", Fraction(-3, 20), "share"),
    ("1.5 %/yr", Fraction(3, 200), "share/year"),
    ("20 days", 20, "day"),
    ("7", 7, ""),
    ("1e3 t", 1_000_000, "kg"),
    ("0.1 t", 100, "kg"),
]

REFUSED = [  # text | dimension asked for | code
    ("8200", "kgce", "MS201"),
    ("8200 万tce", "kg", "MS202"),
    ("25 CNY/tce", "fen/kg", "MS202"),
    ("0.032", "share", "MS203"),
    ("60 MtC02", None, "MS205"),
    ("60 CNY/t/yr", None, "MS205"),
    ("60 万", None, "MS205"),
    ("８２００ tce", None, "MS206"),
    ("3.2％", None, "MS206"),
    ("a lot", None, "MS207"),
    ("", None, "MS207"),
    ("1,000 t", None, "MS207"),
    ("1.2.3 t", None, "MS207"),
    ("NaN t", None, "MS207"),
    ("inf t", None, "MS207"),
    ("1e999 t", None, "MS207"),
    ("9" * 5000 + " t", None, "MS211"),
]


@pytest.mark.parametrize(("text", "value", "dimension"), READ)
def test_reads_exactly(text, value, dimension):
    assert units.parse(text) == units.Quantity(value=Fraction(value), dimension=dimension)


@pytest.mark.parametrize(("text", "dimension", "code"), REFUSED)
def test_refuses_by_code(text, dimension, code):
    with pytest.raises(units.UnitError) as refused:
        units.parse(text, dimension)
    assert refused.value.code == code


def test_a_share_without_percent_sign_gets_both_readings():
    with pytest.raises(units.UnitError) as refused:
        units.parse("0.032", "share")
    assert refused.value.values["percent"] == "0.032%" and refused.value.values["fraction"] == "3.2%"


def test_full_width_text_comes_back_half_width():
    with pytest.raises(units.UnitError) as refused:
        units.parse("８２００ 万ｔｃｅ")
    assert refused.value.values["example"] == "8200 万tce"


@pytest.mark.parametrize(
    ("text", "low", "high", "dimension"),
    [
        ("10 .. 120 CNY/tCO2", 1, 12, "fen/kg"),
        ("1 .. 2 亿m3", 10**11, 2 * 10**11, "litre"),
        ("-15% .. 0%", Fraction(-3, 20), 0, "share"),
        ("2020 .. 2025", 2020, 2025, ""),
        ("12..24 CNY/t", Fraction(6, 5), Fraction(12, 5), "fen/kg"),
    ],
)
def test_reads_ranges(text, low, high, dimension):
    ends = units.parse_range(text)
    assert [end.value for end in ends] == [low, high] and {end.dimension for end in ends} == {dimension}


@pytest.mark.parametrize(
    ("text", "code", "example"),
    [
        ("120 .. 10 CNY/t", "MS209", "10 .. 120 CNY/t"),
        ("10-120 CNY/t", "MS212", "10 .. 120 CNY/t"),
        ("10 至 20%", "MS212", "10 .. 20%"),
        ("10 t .. 20 tce", "MS202", None),
    ],
)
def test_refuses_ranges_with_the_right_form(text, code, example):
    with pytest.raises(units.UnitError) as refused:
        units.parse_range(text)
    assert refused.value.code == code and refused.value.values.get("example") == example


def test_dates():
    assert units.parse_date("2020-09-01").isoformat() == "2020-09-01"
    for wrong in ("2020-9-1", "2021-02-29", "01.09.2020", "20200901", ""):
        with pytest.raises(units.UnitError, match="MS208"):
            units.parse_date(wrong)


def test_a_bare_unit():
    assert units.parse_unit("元/t") == units.Quantity(value=Fraction(1, 10), dimension="fen/kg")


def test_whole_base_units_only():
    assert units.whole(units.parse("0.5 t"), "0.5 t") == 500
    for text, code in (("0.5 kg", "MS210"), ("1e12 Gt", "MS211")):
        with pytest.raises(units.UnitError, match=code):
            units.whole(units.parse(text), text)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("12.4 bn CNY", "12.4 bn CNY", "124 亿元"),
        ("60 Mt", "60 Mt", "6000 万吨"),
        ("82 Mtce", "82 Mtce", "8200 万吨标准煤"),
        ("2.75 bn m3", "2.75 bn m3", "27.5 亿立方米"),
        ("87.5 TWh", "87.5 TWh", "875 亿千瓦时"),
        ("3000 MW", "3 GW", "300 万千瓦"),
        ("25 CNY/t", "25 CNY/t", "25 元/吨"),
        ("0.3655 CNY/kWh", "0.3655 CNY/kWh", "0.3655 元/千瓦时"),
        ("3.2%", "3.2%", "3.2%"),
        ("7", "7", "7"),
    ],
)
def test_units_are_told_in_the_readers_own(text, english, chinese):
    quantity = units.parse(text)
    assert units.words(quantity.value, quantity.dimension, "en") == english
    assert units.words(quantity.value, quantity.dimension, "zh") == chinese


def test_rounding_is_to_significant_digits_half_to_even():
    assert units.words(1_234_567_891, "fen", "en", 3) == "12.3 M CNY"
    assert units.words(Fraction(2, 3), "share", "en", 3) == "66.7%"
    assert units.words(Fraction(1, 3), "share") == "33.3333333333%"
    assert units.words(Fraction(125, 10), "", "en", 2) == "12"
    assert units.words(0, "kg", "en", 3) == "0 t"
    assert units.words(Fraction(4, 10000), "", "en", 3) == "0.0004"


DIMENSIONS = sorted({d for d in units.SYMBOLS if d != "share"} | {"fen/kg", "fen/kgce", "fen/litre", "fen/kWh", "kg/kWh", "share/year"})


@settings(deadline=None, derandomize=True, max_examples=400)
@given(st.integers(-(10**18), 10**18), st.sampled_from(DIMENSIONS), st.sampled_from(["en", "zh"]))
def test_words_read_back_to_the_same_amount(amount, dimension, lang):
    said = units.words(amount, dimension, lang)
    assert units.parse(said) == units.Quantity(value=Fraction(amount), dimension=dimension)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text):
    for read in (units.parse, units.parse_range, units.parse_date, units.parse_unit):
        try:
            read(text)
        except units.UnitError as refused:
            assert refused.code.startswith("MS2")
