"""The tables of a city: exact amounts, places on the map, the two views, grades, and broken files."""

import csv
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.choices import measures_of
from marketsim.domain.grades import graded
from marketsim.domain.population import Luck, load_parameters, synthesise
from marketsim.domain.region import load_city, views
from marketsim.errors import InputError
from marketsim.scenario import names

TIANJIN = resources.path("configs", "regions", "tianjin")
TWIN = Path(__file__).resolve().parents[1] / "data" / "twin-city"
CENTRAL_TO_OUTER = {101, 102, 103, 104, 105, 106, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tianjin_has_its_sixteen_districts_and_two_linked_neighbours():
    city = load_city(TIANJIN)
    assert {region.adcode - 120_000 for region in city.districts} == CENTRAL_TO_OUTER
    assert [(r.adcode, r.name_zh) for r in city.regions if r.linked] == [(110000, "北京市"), (130000, "河北省")]
    assert sum(region.number("population_2020") for region in city.districts) == 13_866_009  # census of 2020
    with pytest.raises(InputError, match="no figure 'population'"):
        city.regions[0].number("population")


def test_tiles_fill_their_places_once():
    tiles = [
        (region.tile_row + down, region.tile_col)
        for region in load_city(TIANJIN).regions for down in range(region.tile_height)
    ]  # fmt: skip
    assert len(tiles) == len(set(tiles)) == 21
    assert all(row in range(5) and col in range(6) for row, col in tiles)


def test_hebei_is_two_regions_until_it_is_said_which():
    for ambiguous in ("河北", "hebei"):
        assert {region.adcode for region in names.called(ambiguous, TIANJIN)} == {120105, 130000}
    for clear, code in (("河北区", 120105), ("河北省", 130000), ("Hebei District", 120105), ("滨海", 120116), ("Wuqing", 120114)):
        assert [region.adcode for region in names.called(clear, TIANJIN)] == [code]


def test_cells_are_the_printed_table_to_the_base_unit():
    city, rows = load_city(TIANJIN), table(TIANJIN, "cells.csv")
    assert len(rows) == 288
    adcodes, sectors = [r.adcode for r in city.districts], [s.key for s in city.sectors]
    for row in rows:
        found = city.cells[adcodes.index(int(row["region"])), sectors.index(row["sector"])]
        assert found.tolist() == [Decimal(row[m.column]) * m.base_per_column_unit for m in city.meters]


def test_cells_add_up_to_the_sector_totals_as_far_as_they_are_printed():
    city = load_city(TIANJIN)
    totals = city.cells.sum(axis=0)
    for i, row in enumerate(table(TIANJIN, "sectors.csv")):
        for column in ("value_added_1e8cny", "energy_mtce", "co2_direct_mt", "water_1e8m3"):
            meter = next(m for m in range(5) if city.meters[m].column == column)
            off = abs(Decimal(int(totals[i, meter])) / city.meters[meter].base_per_column_unit - Decimal(row[column]))
            assert off <= (Decimal("0.0025") if column == "value_added_1e8cny" else Decimal("0.0006")), (row["key"], column)
        assert totals[i, city.meter_index("power")] == Decimal(row["electricity_twh"]) * 10**9
    assert totals[:, city.meter_index("power")].sum() == 87_500_000_000


def test_value_added_of_cells_is_the_gdp_of_districts():
    city = load_city(TIANJIN)
    found = city.cells[:, :, city.meter_index("value_added")].sum(axis=1) / 1e10
    assert np.allclose(found, [float(region.number("gdp_2020_1e8cny")) for region in city.districts], atol=0.06)


def test_views_move_districts_and_keep_every_sector():
    assert views(TIANJIN) == ("bottom-up", "night-light")
    below, above = load_city(TIANJIN, "bottom-up"), load_city(TIANJIN, "night-light")
    meter = below.meter_index("carbon")
    assert load_city(TIANJIN).view == "bottom-up"
    assert np.array_equal(below.cells.sum(axis=0), above.cells.sum(axis=0))
    others = [m for m in range(5) if m != meter]
    assert np.array_equal(below.cells[:, :, others], above.cells[:, :, others])
    light = np.array([float(region.number("co2_2017_night_light_mt")) for region in below.districts])
    wanted = light / light.sum()
    shares = [city.cells[:, :, meter].sum(axis=1) / city.cells[:, :, meter].sum() for city in (below, above)]
    assert abs(shares[1] / wanted - 1).max() < 0.16 < abs(shares[0] / wanted - 1).max()
    assert ((above.cells[:, :, meter] > 0) <= (below.cells[:, :, meter] > 0)).all()  # no plant where there was none


def test_every_number_has_a_source_and_a_grade():
    for folder in (TIANJIN, TWIN, resources.path("configs", "measures")):
        lines = graded(folder)
        assert all(line.source and line.source != line.file for line in lines)
    found = {(line.file, line.quality): 0 for line in graded(TIANJIN)}
    for line in graded(TIANJIN):
        found[line.file, line.quality] += line.numbers
    assert found["regions.csv", "official"] == 16 + 5  # census; gross domestic product of Beijing, its structure and report
    assert found["cells.csv", "estimate"] == 288 * 5
    assert found["sectors.csv", "literature"] == 18


def lines_changed(name: str, old: str, new: str):
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


BROKEN = {
    "missing file": (lambda folder: (folder / "cells.csv").unlink(), "cells.csv is missing"),
    "missing column": (lines_changed("cells.csv", "energy_mtce", "energy_tce"), "no column 'energy_mtce'"),
    "short line": (lines_changed("cells.csv", ",2000.000", ""), "cells.csv:2 has 6 fields"),
    "not a number": (lines_changed("cells.csv", "7.5", "7,5".replace(",", ";")), "cells.csv:2 column co2_direct_mt: '7;5' is not a number"),
    "infinite": (lines_changed("cells.csv", "7.5", "inf"), "'inf' is not a number"),
    "too fine": (lines_changed("cells.csv", "7.5", "7.5000000001"), "finer than one base unit"),
    "too large": (lines_changed("cells.csv", "7.5", "7e30"), "is too large"),
    "negative": (lines_changed("cells.csv", "7.5", "-7.5"), "negative amount"),
    "unknown sector": (lines_changed("cells.csv", "990101,smelting", "990101,smeltin"), "did you mean 'smelting'"),
    "linked region with cells": (lines_changed("cells.csv", "990102,living", "980000,living"), "'980000' is not known"),
    "repeated row": (lines_changed("cells.csv", "990102,living", "990102,farming"), "repeats 990102 farming"),
    "missing row": (lines_changed("cells.csv", "990102,living,50.0,0.25,0.2,0.15,300.000\n", ""), "7 rows; 2 districts by 4 sectors"),
    "power above what it adds": (lines_changed("cells.csv", "60.001", "960.001"), "smaller than what its power use alone adds"),
    "two power meters": (lines_changed("meters.csv", "carbon,right", "carbon,power"), "exactly one meter with role power"),
    "view without figures": (lines_changed("regions.csv", "200000,100.0,6.0", "200000,100.0,"), "no figure 'co2_lights_mt'"),
    "no about": (lines_changed("datapackage.json", "name_zh", "name"), "name_zh, name_en and view"),
    "too many holders": (lines_changed("holders.csv", "brewing,4", "brewing,400"), "only 31 of 400 holders fit above their least size"),
    "share above 100": (lines_changed("holders.csv", "smelting,6,90", "smelting,6,190"), "holders.csv:2: needs count > 0"),
    "the same holders twice": (lines_changed("holders.csv", "facility,brewing", "facility,smelting"), "repeats facility smelting"),
    "short adcode": (lines_changed("regions.csv", "980000", "98"), "'98' must have six digits"),
    "too many sectors": (
        lines_changed("sectors.csv", "living,", "".join(f"s{i},s,s,s\n" for i in range(95)) + "living,"), "99 sectors; at most 98"),
    "unknown right": (lines_changed("coverage.csv", "carbon,facility", "carbn,facility"), "did you mean 'carbon'"),
    "free measure": (lines_changed("measures.csv", "3,20,", "3,0,"), "its status must be baseline"),
    "unknown status": (lines_changed("measures.csv", "baseline", "soon"), "allowed: baseline, available, later"),
    "unknown grade": (lines_changed("grades.csv", "estimate", "guess"), "'guess' is not known"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_folder_says_where_and_what(name, tmp_path):
    folder = Path(shutil.copytree(TWIN, tmp_path / "twin-city"))
    change, message = BROKEN[name]
    change(folder)
    with pytest.raises(InputError) as caught:
        city = load_city(folder, "lights")
        synthesise(city, load_parameters(folder, city), Luck(seed=1))
        measures_of(city)
        graded(folder)
    assert message in str(caught.value)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match="no view 'lamp'.*ledger, lights"):
        load_city(TWIN, "lamp")
    city = load_city(TWIN)
    with pytest.raises(InputError, match="no meter 'heat'"):
        city.meter_index("heat")
    with pytest.raises(InputError, match="no sector 'mining'"):
        city.sector_index("mining")
