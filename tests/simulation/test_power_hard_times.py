"""Grids at the edge: no plant, one plant, too little, only sun, islands, fuel dearer than the tariff; each year runs whole or says what is wrong."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from marketsim import resources
from marketsim.errors import InputError
from marketsim.scenario import load
from marketsim.simulation.result import result
from marketsim.simulation.run import run

DATA = Path(__file__).resolve().parents[1] / "data"
TYPICAL = "power.resolution=typical-days"
ONE = ("units.csv", r"^twin-(coal-2|solar).*\n", "")
SHORT = ("units.csv", "coal,400", "coal,40")
SUN = ("units.csv", r"^twin-coal.*\n", "")
CITY_LINES = ("links.csv", r"^([a-z_]+-tianjin,[^,]*,[^,]*),[0-9]+,", r"\1,0,")
CITY_COAL = ("units.csv", r"^(binhai|dongli|xiqing)-coal.*\n", "")


def edited(folder, *edits):
    for file, pattern, put in edits:
        path = folder / file
        text, count = re.subn(pattern, put, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count, pattern
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def twin_with(tmp_path, played):
    """A function (edits of the invented grid, settings …) → the world at the end."""

    def run(edits, *settings):
        shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
        edited(tmp_path / "twin-grid", *edits)
        return played(tmp_path / "twin.yaml", seed=7, settings=(TYPICAL, *settings))

    return run


def whole(world):
    """Whether kWh and money close, and every price is a price; the load not served and the figures of the city."""
    year, ledger, found = world.setting.power, world.ledger, world.state.power
    assert not ledger.balance.sum(axis=(1, 2)).any() and (ledger.recount() == ledger.balance).all()
    assert not ledger.held(year.asset)[[year.grid_account, *year.unit_account]].any()
    assert sum(int(found[f"net.{party}"].sum()) for party in ("users", "small", "units", "grid", "pool", "others")) == 0
    figures = {metric: value for _, metric, _, value in result(world).summary if metric.startswith("power.")}
    assert all(np.isfinite(value) for value in figures.values())
    return sum(row[3] for row in world.state.readings if row[0] == "power unserved"), figures


@pytest.mark.parametrize("settings", [
    (), ("power.dispatch=committed", "power.reserve=20%"), ("power.spot={bidding: cournot}", "copies=3"), ("power.spot={ahead: true, bidding: roth-erev}", "power.outages={}"),
    ("power.green={share: 50%, value: 0.03 CNY/kWh}", "power.mechanism={volume: 1 GWh, cap: 0.32 CNY/kWh}", "power.retail={share: 50%, fee: 0.01 CNY/kWh}"),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("edit", [ONE, SHORT, SUN], ids=["one", "short", "sun"])
def test_a_city_with_too_little_power_has_its_year(twin_with, edit, settings):
    unserved, _ = whole(twin_with([edit], *settings))
    assert unserved > 0


def test_storage_never_leaves_more_load_unserved(twin_with):
    # a price taker of a quarter of the only unit's size used to charge into the hours that had next to nothing to spare
    without = whole(twin_with([ONE]))[0]
    stored, figures = whole(twin_with([ONE], "power.storage={volume: 400 MWh, efficiency: 70%}"))
    assert stored < without and figures["power.stored"] > 0
    assert stored + figures["power.released"] == pytest.approx(without, abs=1)


def test_fuel_dearer_than_the_tariff_is_paid_by_the_owners(twin_with):
    dear = ("technologies.csv", "coal,cost,250", "coal,cost,450")  # the coal of autumn 2021 at a tariff of 365.5
    world = twin_with([dear])
    _, figures = whole(world)
    assert figures["power.owners"] > 0 and (world.ledger.held(0)[world.setting.power.unit_account] >= 0).all()
    assert "power.owners" not in whole(twin_with([]))[1]


def test_three_years_of_everything_close_to_the_fen(tmp_path):
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    edited(tmp_path / "twin-grid", ("technologies.csv", "coal,cost,250", "coal,cost,450"))
    settings = (TYPICAL, "years=3", "power.spot={}", "power.outages={}", "power.storage={volume: 40 MWh, efficiency: 70%}",
                "power.green={share: 10%, value: 0.03 CNY/kWh, counts: true}", "power.mechanism={volume: 10 GWh, cap: 0.32 CNY/kWh}", "copies=3")  # fmt: skip
    done = run(load(tmp_path / "twin.yaml", settings), 7)
    made = [value for _, metric, _, value in done.summary if re.fullmatch(r"(20..\.)?power\.generation", metric)]
    assert len(made) == 3 and min(made) > 0
    closing = [(unit, value) for _, metric, unit, value in done.summary if metric.startswith("reconcile.")]
    assert {unit: sum(value for one, value in closing if one == unit) for unit, _ in closing} == {unit: 0 for unit, _ in closing}


@pytest.mark.parametrize("settings", [(), ("power.spot={}",)], ids=str)
def test_an_island_has_the_prices_of_its_own_plants(played, tmp_path, settings):
    shutil.copytree(resources.path("configs", "grid", "tianjin"), tmp_path / "island")
    edited(tmp_path / "island", CITY_LINES, CITY_COAL)
    (tmp_path / "island.yaml").write_text((DATA.parents[1] / "scenarios" / "tianjin-2020.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    world = played(tmp_path / "island.yaml", seed=7, settings=(TYPICAL, "power.grid=island", "power.neighbours=true", *settings))
    unserved, figures = whole(world)
    assert unserved > 0 and "power.arrived" not in figures
    assert world.state.power["price"].max() == 100_000  # what unserved load is worth, and never above


@pytest.mark.parametrize(("file", "pattern", "put", "settings", "words"), [
    ("units.csv", r"^twin-.*\n", "", (), "no unit in the zone twin.*needs a unit of rank 1"),
    ("units.csv", "coal,400", "coal,-4", (), "units.csv:twin-coal-1: expected a number of 0 or more, found -4"),
    ("technologies.csv", "coal,cost,250", "coal,cost,-5", (), "technologies.csv:3: coal cost: expected a number of 0 or more"),
    ("technologies.csv", "coal,available,92", "coal,available,920", (), "coal available: expected a number from 0 to 100, found 920"),
    ("technologies.csv", "coal,rank,2", "coal,rank,7", (), "coal rank: expected a number from 0 to 2"),
    ("technologies.csv", "coal,cost,250", "coal,cost,12000", (), "unserved_value .10000 CNY/MWh. must lie above.*twin-coal-1 costs 12000"),
    ("load_shapes.csv", r"^(flat,.*),[0-9.]+$", r"\1,0", (), "the shape flat is 0 in every hour"),
    ("load_shapes.csv", r"^flat,3,0,3,[0-9.]+$", "flat,3,0,3,-1", (), "load_shapes.csv:101: expected a number of 0 or more, found -1"),
    ("load_shapes.csv", r"^flat,3,0,3,", "flat,0,0,3,", (), "load_shapes.csv:101: month: expected a number from 1 to 12, found 0"),
    ("links.csv", r"\Z", "a,twin,twin,5,0,0,invented,estimate,0\n", (), "links.csv:2: a link joins two zones"),
    ("units.csv", "coal,400", "coal,400", ("power.time_of_use={peak: [1, 2], valley: [2, 3]}",), "hour 2 is both peak and valley"),
    ("units.csv", "coal,400", "coal,400", ("power.from_outside=20%",), "no line of its own"),
], ids=lambda value: str(value)[:24])  # fmt: skip
def test_what_cannot_be_is_said_with_file_and_line(twin_with, file, pattern, put, settings, words):
    with pytest.raises(InputError, match=words):
        twin_with([(file, pattern, put)], *settings)


@pytest.mark.parametrize(("pattern", "words"), [(r"3950,1\.0,0,", "3950,100,0,"), (r"3950,1\.0,0,", "3950,1.0,-5,"), ("tianjin,3950", "tianjin,-3950")])
def test_lines_that_cannot_be_are_refused(tmp_path, pattern, words):
    from marketsim.domain.grid import read_grid

    shutil.copytree(resources.path("configs", "grid", "tianjin"), tmp_path / "grid")
    edited(tmp_path / "grid", ("links.csv", pattern, words))
    with pytest.raises(InputError, match=r"links.csv:2: \w+: expected a number"):
        read_grid(tmp_path / "grid")
