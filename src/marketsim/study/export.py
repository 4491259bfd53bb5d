"""Results for other programs: CSV that Excel opens as it should, Parquet for pandas and R, a workbook, NetCDF."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas

from marketsim.errors import InputError, lacking
from marketsim.study.folder import flush
from marketsim.study.store import csv_text, write_parquet

MOST_ROWS = 1_048_575
"""Rows of a sheet, its header not counted."""
EXACT = 2**53
"""Largest whole number up to which floats hold every one."""


def export(tables: dict[str, pandas.DataFrame], target: Path, kind: str) -> list[Path]:
    """Write tables as `csv` (UTF-8 with BOM) or `parquet`, one file a table, `xlsx` (one sheet a table) or `nc`; returns the files.

    Raises InputError for another kind, a table too long for a sheet, or a missing package.
    """
    writers: dict[str, Callable[[dict[str, pandas.DataFrame], Path], list[Path]]] = {"csv": _csv, "parquet": _parquet, "xlsx": _xlsx, "nc": _netcdf}
    if kind not in writers:
        raise InputError(f"no export to “{kind}”; there are {', '.join(writers)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    return writers[kind](tables, target)


def _csv(tables: dict[str, pandas.DataFrame], target: Path) -> list[Path]:
    made = []
    for name, table in tables.items():
        file = target.with_name(f"{target.name}-{name}.csv")
        file.write_text(csv_text(table), encoding="utf-8-sig", newline="\n")
        made.append(file)
    return made


def _parquet(tables: dict[str, pandas.DataFrame], target: Path) -> list[Path]:
    """A column holds one type there, so the summary's values are floats; whole numbers beyond 2**53 would be rounded and are refused."""
    made = []
    for name, table in tables.items():
        file = target.with_name(f"{target.name}-{name}.parquet")
        if "value" in table and table["value"].dtype == object:
            if any(isinstance(value, int) and abs(value) > EXACT for value in table["value"]):
                raise InputError.of("error.long_value", {"table": name})
            table = table.assign(value=table["value"].astype(float))
        staged = file.with_name(f".{file.name}.tmp")
        write_parquet(table, staged)
        flush(staged)
        staged.replace(file)
        made.append(file)
    return made


def _xlsx(tables: dict[str, pandas.DataFrame], target: Path) -> list[Path]:
    try:
        import openpyxl
    except ImportError:
        raise lacking("--to xlsx", "study") from None
    book = openpyxl.Workbook(write_only=True)
    for name, table in tables.items():
        if len(table) > MOST_ROWS:
            raise InputError.of("error.long_sheet", {"table": name, "rows": str(len(table))})
        sheet = book.create_sheet(name)
        sheet.append(list(table.columns))
        for row in table.itertuples(index=False, name=None):
            sheet.append([_cell(sheet, value) for value in row])
    file = target.with_name(f"{target.name}.xlsx")
    staged = file.with_name(f".{file.name}.tmp")
    book.save(staged)
    flush(staged)
    staged.replace(file)
    return [file]


def _cell(sheet, value: object) -> object:
    """A value as Excel takes it: text is never a formula, and a whole number that a float would round stays text."""
    from openpyxl.cell import WriteOnlyCell

    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, int) and abs(plain) > EXACT:
        plain = str(plain)
    if not isinstance(plain, str):
        return plain
    cell = WriteOnlyCell(sheet, value="".join(c for c in plain if c.isprintable()))
    cell.data_type = "s"
    return cell


def _netcdf(tables: dict[str, pandas.DataFrame], target: Path) -> list[Path]:
    """The summary as a variable a metric over its labels: option, future, seed place and region; missing is NaN, the unit an attribute."""
    try:
        from scipy.io import netcdf_file
    except ImportError:
        raise lacking("--to nc", "study") from None
    summary = tables["summary"].assign(value=lambda frame: pandas.to_numeric(frame["value"]).astype(float))
    summary["place"] = summary.groupby(["option", "future"], sort=False)["seed"].transform(lambda seeds: pandas.factorize(seeds, sort=True)[0])
    axes = {name: sorted(set(summary[name])) for name in ("option", "future", "place", "region")}
    file = target.with_name(f"{target.name}.nc")
    with netcdf_file(file, "w", version=2) as made:
        for name, labels in axes.items():
            made.createDimension(name, len(labels))
            _label(made, name, labels)
        for (metric, unit), rows in summary.groupby(["metric", "unit"], sort=True):
            cube = np.full([len(labels) for labels in axes.values()], np.nan)
            cube[tuple(pandas.Categorical(rows[name], categories=labels).codes for name, labels in axes.items())] = rows["value"]
            variable = made.createVariable(metric.replace("/", "_"), "d", tuple(axes))
            variable[:] = cube
            variable.units = unit
    return [file]


def _label(made, name: str, labels: list) -> None:
    """A coordinate: numbers as such, texts as rows of bytes."""
    if name == "place":
        made.createVariable(name, "i", (name,))[:] = labels
        return
    width = max(len(str(label).encode()) for label in labels)
    made.createDimension(f"{name}_text", width)
    rows = [list(str(label).encode().ljust(width)) for label in labels]
    made.createVariable(f"{name}_name", "c", (name, f"{name}_text"))[:] = np.array(rows, dtype=np.uint8).view("S1")
