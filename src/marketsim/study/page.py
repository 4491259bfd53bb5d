"""What a report shows, as plain data (`marketsim.report/1`): put together from a run's manifest, summary and series alone.

Every figure of a report comes from the summary or the series, so the page cannot disagree with the files beside it.
"""

from collections.abc import Mapping

import pandas

SCHEMA = "marketsim.report/1"


def assemble(manifest: Mapping, summary: pandas.DataFrame, series: pandas.DataFrame, journal: pandas.DataFrame | None = None) -> dict:
    """The page of one run: `run` (what it was), `about` (names and notices), `sources`, `figures`, `series`, `trades`.

    `figures` maps region → metric → [value, unit]; `series` maps metric → region → {unit, dates, values}; `trades` is of `traded`.
    """
    figures: dict[str, dict[str, list]] = {}
    for region, metric, unit, value in summary[["region", "metric", "unit", "value"]].itertuples(index=False, name=None):
        figures.setdefault(region, {})[metric] = [value, unit]
    lines: dict[str, dict[str, dict]] = {}
    for (metric, region), rows in series.groupby(["metric", "region"], sort=True):
        lines.setdefault(metric, {})[region] = {
            "unit": rows["unit"].iloc[0], "dates": [str(day)[:10] for day in rows["date"]], "values": rows["value"].tolist(),
        }  # fmt: skip
    kept = ("name", "hash", "seed", "option", "future", "code", "digest", "command")
    return {
        "schema": SCHEMA, "run": {key: manifest[key] for key in kept}, "about": manifest["about"],
        "sources": manifest["sources"], "figures": figures, "series": lines,
        "trades": {} if journal is None else traded(journal),
    }  # fmt: skip


def traded(journal: pandas.DataFrame) -> dict[str, dict[str, list]]:
    """Who sold to whom over the run: right → districts or sectors → rows of seller, buyer, amount in the right's base unit.

    A firm's account is named DISTRICT-SECTOR-NUMBER; what other accounts sold or bought stands under an empty key.
    """
    rows = journal[journal["move"].eq("deliver")]
    found: dict[str, dict[str, list]] = {}
    for place, name in enumerate(("districts", "sectors")):
        known = {side: rows[side].map({key: key.split("-", 2)[place] if key.count("-") >= 2 else "" for key in rows[side].unique()}) for side in ("source", "target")}
        table = rows.assign(right=rows["asset"].map({key: key.partition("/")[0] for key in rows["asset"].unique()}), **known)
        for right, own in table.groupby("right", sort=True):
            sums = own.groupby(["source", "target"], sort=True)["amount"].sum()
            found.setdefault(right, {})[name] = [[seller, buyer, int(amount)] for (seller, buyer), amount in sums.items()]
    return found
