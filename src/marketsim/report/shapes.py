"""A user's own approved map: GeoJSON polygons, joined to regions by adcode, as SVG paths in a box of 600 × 500.

No map ships with marketsim: who shows one answers for its approval (审图号). Plate carrée with the cosine of the middle latitude.
Source: RFC 7946.
"""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from marketsim.errors import InputError

WIDE, TALL = 600.0, 500.0
MOST_BYTES = 5_000_000


def read(file: Path, keys: Sequence[str]) -> dict[str, dict]:
    """Region key → path and the middle of its name. Raises InputError where the file is no GeoJSON with these adcodes."""
    try:
        data = file.read_bytes()
        features = json.loads(data)["features"] if len(data) <= MOST_BYTES else None
        found = {str(feature["properties"]["adcode"]): list(_rings(feature["geometry"])) for feature in features or ()}
        points = [(float(x), float(y)) for key in keys for ring in found.get(key, ()) for x, y, *_ in ring]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is no GeoJSON with polygons and an adcode each: {error}") from None
    if not points:
        raise InputError(f"{file} has no polygon with the adcode of one of these regions: {', '.join(keys)}")
    shrink = math.cos(math.radians(sum(y for _, y in points) / len(points)))
    left, right, low, high = min(x for x, _ in points), max(x for x, _ in points), min(y for _, y in points), max(y for _, y in points)
    by = min(WIDE / max((right - left) * shrink, 1e-9), TALL / max(high - low, 1e-9)) * 0.98
    shapes = {}
    for key in (key for key in keys if found.get(key)):
        rings = [[((x - left) * shrink * by + 5, (high - y) * by + 5) for x, y, *_ in ring] for ring in found[key]]
        outer = max(rings, key=len)
        middle = [round(sum(point[at] for point in outer) / len(outer), 1) for at in (0, 1)]
        shapes[key] = {"path": "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z" for ring in rings), "middle": middle}
    return shapes


def _rings(geometry: dict) -> Iterator[list]:
    """The rings of a polygon or a multipolygon."""
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise KeyError(f"geometry {geometry['type']!r}")
    for polygon in [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]:
        yield from polygon
