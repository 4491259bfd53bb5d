"""Lab kind `curves`: a day's published supply and demand steps in files, cleared by period in coupled zones.

Runs marketsim.markets.curves.
Source: price coupling of exchanges (most economic surplus, simple orders).
"""

import csv
import gzip
import io
import json
import zlib
from pathlib import Path

from marketsim.errors import InputError, printable
from marketsim.markets.curves import PRICE_SCALE, clear_curves

COLUMNS = {"orders": ("period", "zone", "side", "price", "quantity"), "fixed": ("period", "zone", "quantity"),
           "links": ("period", "from", "to", "capacity")}  # fmt: skip
_LARGEST_BYTES = 256 * 1024 * 1024


def run(orders: Path, fixed: Path | None = None, links: Path | None = None) -> tuple[str, str]:
    """Return one JSON line for each period and zone, and the rents of the links as text for people.

    Files are CSV with a header line (`COLUMNS`), plain or gzipped. Raises: InputError naming the file, its line and what was expected.
    """
    tables = {name: _rows(path, COLUMNS[name]) if path else [] for name, path in (("orders", orders), ("fixed", fixed), ("links", links))}
    results, rents = clear_curves(tables["orders"], tables["fixed"], tables["links"])
    lines = [json.dumps({
        "period": _plain(r.period), "zone": r.zone, "price": r.price, "price_low": r.price_low / PRICE_SCALE,
        "price_high": r.price_high / PRICE_SCALE, "volume": float(r.bought), "import": float(r.imported), "sold": float(r.sold),
    }, ensure_ascii=False) for r in results]  # fmt: skip
    notes = [f"period {printable(r.period)}: {float(r.flow):g} from {printable(r.zone_from)} to {printable(r.zone_to)}, rent {r.rent:.2f}"
             for r in rents if r.rent]
    return "\n".join(lines), "\n".join(notes)


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The rows of a CSV file in the order of `columns`, found by the names in its header."""
    reader = csv.reader(io.StringIO(_text(path)), strict=True)
    rows = []
    try:
        header = [name.strip() for name in next(reader, [])]
        if sorted(header) != sorted(columns):
            raise InputError(f"{path} line 1: expected the columns {','.join(columns)}, found {printable(','.join(header))}")
        place = [header.index(name) for name in columns]
        for row in reader:
            if len(row) == len(columns):
                rows.append(tuple(row[k].strip() for k in place))
            elif row:
                raise InputError(f"{path} line {reader.line_num}: expected {len(columns)} fields, found {len(row)}")
    except csv.Error as error:
        raise InputError(f"{path} line {reader.line_num}: {error}") from error
    return rows


def _text(path: Path) -> str:
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            data = (gzip.GzipFile(fileobj=raw) if packed else raw).read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise InputError(f"{path}: expected at most {_LARGEST_BYTES // 1024**2} MB")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected UTF-8 text; byte {error.start} is not") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def _plain(period: str) -> int | str:
    """A period that is a whole number as a number."""
    return int(period) if period.isascii() and period.isdigit() and len(period) < 16 and str(int(period)) == period else period
