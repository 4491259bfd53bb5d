"""The kinds of value a scenario file holds: amounts and prices in base units, shares, dates; read exactly or refused.

A mistake is raised as a pydantic error whose type is a code of the message catalogues.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from marketsim import units

AMOUNTS = ("kg", "kgce", "litre", "kWh")
EXAMPLES = {
    "kg": "60 MtCO2", "kgce": "8200 万tce", "litre": "27.5 亿m3", "kWh": "87.5 TWh", "share": "3.2%",
    "fen/kg": "25 CNY/t", "fen/kgce": "45 CNY/tce", "fen/litre": "0.9 CNY/m3", "fen/kWh": "0.3655 CNY/kWh",
    "amount": "60 MtCO2", "price": "25 CNY/t", "kW": "3000 MW",
}  # fmt: skip
_NUMBER = r"^[-+−]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"


def read_amount(value: object) -> units.Quantity:
    """A whole number of base units from `60 MtCO2`; which unit fits is the market's to say."""
    try:
        quantity = units.parse(_text(value, "amount"))
        if quantity.dimension not in AMOUNTS:
            units.expect(quantity, "amount", str(value))
        units.whole(quantity, str(value))
        return quantity
    except units.UnitError as error:
        raise _custom(error, "amount") from None


def read_price(value: object) -> units.Quantity:
    """Fen per base unit from `25 CNY/t`."""
    try:
        quantity = units.parse(_text(value, "price"))
        if quantity.dimension not in {f"fen/{amount}" for amount in AMOUNTS}:
            units.expect(quantity, "price", str(value))
        return quantity
    except units.UnitError as error:
        raise _custom(error, "price") from None


def read_share(value: object) -> Fraction:
    """A share as a fraction from `3.2%`."""
    try:
        return units.parse(_text(value, "share"), "share").value
    except units.UnitError as error:
        raise _custom(error, "share") from None


def read_date(value: object) -> date:
    """A day from `2020-09-01`."""
    if not isinstance(value, str):
        raise PydanticCustomError("MS104.date", "not a date", {})
    try:
        return units.parse_date(value)
    except units.UnitError as error:
        raise _custom(error, "date") from None


def _text(value: object, kind: str) -> str:
    """The text of a quantity; maps, lists, true and nothing are refused by kind."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal, Fraction)):
        raise PydanticCustomError("MS207", "not a quantity", {"text": "", "kind": kind})
    return str(value)


def _custom(error: units.UnitError, kind: str) -> PydanticCustomError:
    return PydanticCustomError(error.code, "see the catalogues", {"kind": kind, **error.values})


def _schema(kind: str, pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": _NUMBER + pattern, "examples": list(examples), "x-kind": kind})


def _number(value: units.Quantity | Fraction) -> int | float:
    """Base units as a JSON number: whole where it is whole, else the nearest float."""
    exact = value.value if isinstance(value, units.Quantity) else value
    return int(exact) if exact.denominator == 1 else float(exact)


_back = PlainSerializer(_number, when_used="json")

_AMOUNT = _schema("amount", r" ?[^0-9%./ ][^%./]*$", "60 MtCO2", "8200 万tce", "27.5 亿m3")
_PRICE = _schema("price", r" ?[^0-9%./ ][^%./]*/[^%./]+$", "25 CNY/t", "0.9 CNY/m3")
Amount = Annotated[Any, BeforeValidator(read_amount), _back, _AMOUNT]
"""A `units.Quantity` of whole base units (kg, kgce, litre, kWh)."""
Price = Annotated[Any, BeforeValidator(read_price), _back, _PRICE]
"""A `units.Quantity` in fen per base unit, exact; ticks of an instrument = value × lot_base / tick_fen."""
Share = Annotated[Fraction, BeforeValidator(read_share), _back, _schema("share", r" ?[%‰]$", "3.2%")]
"""A fraction, exact: 3.2% is 4/125."""
Day = Annotated[
    date, BeforeValidator(read_date), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "x-kind": "date"})
]
"""A calendar day."""
RegionName = Annotated[
    str, BeforeValidator(lambda value: str(value) if type(value) is int else value),
    WithJsonSchema({"type": ["string", "integer"], "x-kind": "text"}),
]  # fmt: skip
"""A region by adcode (a number or a text) or by name; resolved to the adcode."""
