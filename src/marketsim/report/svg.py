"""Charts as SVG text: a daily line over bars, horizontal bars on one scale, and the tile map of a city."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from marketsim.report.words import Pair, both

WIDTH, LEFT, RIGHT = 720, 64, 12
_PRICE = (18, 170)  # top and bottom of the upper panel
_VOLUME = (196, 262)
_TILE = (92, 58, 6)  # width, height, gap


def label(x: float, y: float, texts: Pair, css: str = "") -> str:
    """A text in both languages at a point."""
    return "".join(
        f'<text x="{x:.1f}" y="{y:.1f}" lang="{lang}" class="{css}">{escape(text)}</text>'
        for lang, text in zip(("zh", "en"), texts, strict=True)
    )


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that cover low to high, a step of 1, 2 or 5 times a power of ten apart, `most` steps or one more."""
    high = high if high > low else low + (abs(low) or 1.0)
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= rough * (1 - 1e-9))
    return [round(step * n, 12) for n in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _frame(height: float, texts: Pair, parts: Sequence[str], width: float = WIDTH) -> str:
    name = escape(" / ".join(texts), quote=True)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{name}">{"".join(parts)}</svg>'


def daily(title: Pair, price: Mapping, volume: Mapping | None, level: float | None) -> str:
    """Price of each day as a line over bars of volume; `level` is a dashed horizontal line.

    `price` and `volume` hold `dates` (ISO) and `values`; days without a trade simply have no price.
    """
    days = [date.fromisoformat(day).toordinal() for day in price["dates"]]
    bars = [date.fromisoformat(day).toordinal() for day in volume["dates"]] if volume else []
    first, last = min(days + bars), max(days + bars)

    def x(day: int) -> float:
        return LEFT + (day - first) / max(1, last - first) * (WIDTH - LEFT - RIGHT)

    marks = ticks(min([0.0, *price["values"]]), max([*price["values"], level or 0.0]))

    def y(value: float) -> float:
        return _PRICE[1] - (value - marks[0]) / (marks[-1] - marks[0]) * (_PRICE[1] - _PRICE[0])

    parts = [_grid(y(mark), f"{mark:g}") for mark in marks]
    parts += [_month(x(day.toordinal()), day) for day in _months(first, last)]
    parts += [_volume_bars([x(day) for day in bars], volume["values"])] if volume else []
    parts.append('<polyline class="price" points="' + " ".join(f"{x(d):.1f},{y(v):.1f}" for d, v in zip(days, price["values"], strict=True)) + '"/>')
    if level is not None:
        parts.append(f'<line class="least" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(level):.1f}" y2="{y(level):.1f}"/>')
    return _frame(290, title, parts)


def _grid(y: float, text: str) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text class="end small" x="{LEFT - 8}" y="{y + 4:.1f}">{text}</text>'


def _months(first: int, last: int) -> list[date]:
    days = (date.fromordinal(day) for day in range(first, last + 1))
    months = [day for day in days if day.day == 1]
    return months[:: max(1, -(-len(months) // 11))]


def _month(x: float, day: date) -> str:
    line = f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_PRICE[0]}" y2="{_VOLUME[1]}"/>'
    return f'{line}<text class="middle small" x="{x:.1f}" y="{_VOLUME[1] + 18}">{day:%Y-%m}</text>'


def _volume_bars(places: Sequence[float], values: Sequence[float]) -> str:
    top = max([*values, 1e-9])
    width = max(1.0, (WIDTH - LEFT - RIGHT) / max(1, len(places)) * 0.6)
    bars = []
    for x, value in zip(places, values, strict=True):
        height = value / top * (_VOLUME[1] - _VOLUME[0])
        bars.append(f'<rect x="{x - width / 2:.1f}" y="{_VOLUME[1] - height:.1f}" width="{width:.1f}" height="{height:.1f}"/>')
    return f'<g class="volume">{"".join(bars)}</g>'


def bars(title: Pair, rows: Sequence[tuple[Pair, float, Pair]]) -> str:
    """Horizontal bars from zero on one scale; a row is (name, value, value in words)."""
    most = max([abs(value) for _, value, _ in rows] + [1e-9])
    parts = []
    for n, (name, value, text) in enumerate(rows):
        y, length = 6 + n * 34, abs(value) / most * (WIDTH - 330)
        parts.append(label(146, y + 18, name, "end"))
        parts.append(f'<rect class="bar bar{n}" x="158" y="{y}" width="{length:.1f}" height="26"/>')
        parts.append(label(166 + length, y + 18, text))
    return _frame(12 + 34 * len(rows), title, parts)


def tiles(title: Pair, regions: Sequence[Mapping], marks: Mapping[str, tuple[str, Pair]]) -> str:
    """One tile a region at its `row` and `col`, `height` rows tall; `marks` gives region → (css class, text in it)."""
    wide, tall, gap = _TILE
    parts = []
    for region in regions:
        css, text = marks.get(region["key"], ("plain", ("", "")))
        x, y = region["col"] * (wide + gap) + gap, region["row"] * (tall + gap) + gap
        height = region.get("height", 1) * (tall + gap) - gap
        parts.append(f'<rect class="tile {css}" x="{x}" y="{y}" width="{wide}" height="{height}" rx="4"/>')
        parts.append(label(x + wide / 2, y + height / 2 - 3, (region["zh"], region["en"]), f"middle name {css}-text"))
        parts.append(label(x + wide / 2, y + height / 2 + 15, text, f"middle small {css}-text"))
    rows = max(r["row"] + r.get("height", 1) for r in regions)
    columns = max(r["col"] for r in regions) + 1
    return _frame(rows * (tall + gap) + gap, title, parts, columns * (wide + gap) + gap)


def legend(entries: Sequence[tuple[str, Pair]]) -> str:
    """HTML legend: (css class, words) each."""
    return '<p class="legend">' + "".join(f'<span><i class="{css}"></i>{both(texts)}</span>' for css, texts in entries) + "</p>"
