"""What a report shows, as plain data (`marketsim.report/1`): put together from a run's manifest, summary and series alone.

Every figure of a report comes from the summary or the series, so the page cannot disagree with the files beside it.
"""

from collections.abc import Mapping

import pandas

SCHEMA = "marketsim.report/1"


def assemble(manifest: Mapping, summary: pandas.DataFrame, series: pandas.DataFrame) -> dict:
    """The page of one run: `run` (what it was), `about` (names and notices), `sources`, `figures`, `series`.

    `figures` maps region → metric → [value, unit]; `series` maps metric → region → {unit, dates, values}.
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
    }  # fmt: skip
