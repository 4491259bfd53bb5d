"""The shipped grid data: graded, consistent, and usable; and readers that name what is wrong."""

import csv
import shutil
from datetime import date

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.fleet import available, must_run, read_fleet
from marketsim.domain.grid import read_grid
from marketsim.domain.hours import Hours, hourly_load
from marketsim.domain.network import read_network
from marketsim.domain.presets import read_exclusions, read_presets
from marketsim.errors import InputError
from marketsim.markets.audit import Claims, conflicting, counted_twice
from marketsim.markets.nodal import Generators, Network, NodalMarket
from marketsim.markets.zonal import Links, Offers, couple_zones

FOLDER = resources.path("configs", "grid", "tianjin")
GRADED = ("units", "technologies", "links", "zones", "rules", "buses", "lines")
YEAR = Hours(month=np.repeat(np.arange(12), 24), rest_day=np.zeros(288, np.int64), hour=np.tile(np.arange(24), 12), days=np.ones(288, np.int64))


@pytest.mark.parametrize("name", GRADED)
def test_every_number_has_a_source_and_a_grade(name):
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(row["source"] and row["quality"] in ("official", "literature", "estimate") for row in rows)


def test_beijing_burns_no_coal_and_the_additions_stand_out():
    fleet = read_fleet(FOLDER, ("carbon",))
    names = np.array([fleet.technologies[i] for i in fleet.technology])
    beijing = fleet.zone == fleet.zones.index("beijing")
    assert not np.char.startswith(names[beijing], "coal").any()
    tianjin = fleet.in_zone("tianjin")
    kinds = np.array([tianjin.technologies[i] for i in tianjin.technology])
    assert tianjin.capacity_kw[np.char.startswith(kinds, "coal")].sum() == 11_182_000
    assert {key: int(tianjin.capacity_kw[kinds == key].sum()) for key in ("gas_chp", "import", "solar")} == {
        "gas_chp": 4_500_000, "import": 3_000_000, "solar": 1_600_000}  # fmt: skip
    assert "tianjin-import" not in read_fleet(FOLDER, ("carbon",), coupled=True).key
    assert (must_run(fleet, YEAR) <= available(fleet, YEAR)).all()
    assert (fleet.meter_per_gwh >= 0).all() and fleet.key == tuple(sorted(fleet.key))


def test_four_zones_meet_their_load_together():
    grid, fleet = read_grid(FOLDER), read_fleet(FOLDER, ("carbon",), coupled=True)
    hours = Hours(**{name: getattr(YEAR, name) for name in ("month", "rest_day", "hour")}, days=np.full(288, 30))
    load = np.column_stack([hourly_load(int(use) // 366 * 360, shape, hours) for use, shape in zip(grid.use_kwh, grid.shape, strict=True)])
    place = np.array([grid.zones.index(fleet.zones[z]) for z in fleet.zone])
    links = Links(zone_from=grid.link_from, zone_to=grid.link_to, forward_kwh=grid.link_kw * 30, backward_kwh=grid.link_kw * 30,
                  fee_tick=grid.link_fee_tick, loss_ppm=np.zeros(len(grid.link_kw), np.int64))  # fmt: skip
    done = couple_zones(Offers(zone=place, tick=fleet.cost_tick), available(fleet, hours).T, load, links, 100_000)
    assert done.unserved_kwh.sum() < 0.01 * load.sum()
    assert (done.award_kwh.sum(axis=1) + done.unserved_kwh.sum(axis=1) == load.sum(axis=1)).all()


def test_the_districts_meet_the_peak_over_the_synthetic_network():
    grid, fleet, net = read_grid(FOLDER), read_fleet(FOLDER, ("carbon",)).in_zone("tianjin"), read_network(FOLDER)
    assert len(net.bus) == 19 and net.load_share_ppm[:16].min() > 0
    imports = np.array([fleet.technologies[i] == "import" for i in fleet.technology])
    outside = np.flatnonzero(net.import_share_ppm)
    bus = np.concatenate([net.rows(fleet.region)[~imports], outside])
    assert (bus >= 0).all()
    load = hourly_load(int(grid.use_kwh[0]), grid.shape[0], YEAR) / 1e3 * 288 / 8784
    room = available(fleet, YEAR) / 1e3
    top = int(np.argmax(load))
    high = np.concatenate([room[~imports, top], room[imports, top].sum() * net.import_share_ppm[outside] / 1e6])
    gens = Generators(bus=bus, p_min_mw=np.zeros(len(bus)), p_max_mw=high, c2=np.zeros(len(bus)),
                      c1=np.concatenate([fleet.cost_tick[~imports], np.full(len(outside), 3550)]) / 10)  # fmt: skip
    lines = Network(buses=len(net.bus), line_from=net.line_from, line_to=net.line_to, x=net.x, limit_mw=net.limit_mw)
    done = NodalMarket(lines, gens).clear(load[top] * net.load_share_ppm / 1e6)
    assert done.dispatch_mw.sum() == pytest.approx(load[top])
    assert (np.abs(done.flow_mw) <= net.limit_mw + 1e-6).all()


def test_rules_are_dated():
    grid = read_grid(FOLDER)
    days = (date(2020, 6, 1), date(2021, 10, 14), date(2021, 10, 15))
    assert [(grid.rule("band_low", day), grid.rule("band_high", day)) for day in days] == [(-150_000, 0), (-150_000, 100_000), (-200_000, 200_000)]
    with pytest.raises(InputError, match="starts on 2020-01-01"):
        grid.rule("band_low", date(2019, 1, 1))
    with pytest.raises(InputError, match="has no rule bandlow"):
        grid.rule("bandlow", days[0])


def test_presets_fall_back_on_the_nation():
    presets = read_presets(resources.path("configs", "grid", "provinces.csv"))
    assert presets.value("guangdong", "deviation_band", date(2018, 1, 1)) == 20_000
    assert presets.value("guangdong", "central_auction", date(2015, 1, 1)) == "high-low"
    assert presets.value("tianjin", "capacity_price", date(2024, 5, 1)) == 10_000
    assert presets.value("hebei", "capacity_price", date(2024, 5, 1)) == 33_000
    with pytest.raises(InputError, match="no listing of hebei.*chongqing, guizhou"):
        presets.value("hebei", "listing", date(2024, 5, 1))


def test_the_auditor_finds_what_is_counted_twice():
    rules = read_exclusions(resources.path("configs", "grid", "exchange_rules.csv"))
    claims = Claims(uses=("offset", "certificate"), item=np.array([0, 0, 1, 1]), use=np.array([0, 1, 0, 1]), kwh=np.array([60, 50, 40, 60]))
    found = counted_twice(claims, np.array([100, 100]), rules, date(2025, 1, 1))
    assert [(finding.rule, finding.item, finding.kwh) for finding in found] == [("offset-or-certificate", 0, 10)]
    assert counted_twice(claims, np.array([100, 100]), rules, date(2024, 1, 1)) == []
    both = frozenset({"pass-through", "indirect-obligation"})
    assert [rule.key for rule in conflicting(both, rules, date(2020, 1, 1))] == ["priced-once"]
    assert conflicting(frozenset({"pass-through"}), rules, date(2020, 1, 1)) == []


@pytest.mark.parametrize(("file", "old", "new", "words"), [
    ("units.csv", "capacity_mw", "capacity", "column capacity_mw is missing"), ("units.csv", ",3000,2012,", ",3x,2012,", "decimal number, found '3x'"),
    ("units.csv", ",wind,", ",wnd,", "technology wnd"), ("technologies.csv", "CNY/MWh", "CNY/kWh", "unit CNY/kWh is not one of"),
    ("technologies.csv", "heat_led", "heatled", "profile heatled"), ("links.csv", "beijing-tianjin,beijing", "beijing-tianjin,peking", "no zone peking"),
    ("rules.csv", "2021-10-15", "2021/10/15", "expected a date"), ("zones.csv", "tianjin,tianjin", "tianjin,tian", "load shape tian"),
    ("lines.csv", "120101", "120100", "no bus 120100"), ("buses.csv", "160000", "170000", "adds up to 1010000"),
])  # fmt: skip
def test_broken_tables_are_named(tmp_path, file, old, new, words):
    shutil.copytree(FOLDER, tmp_path / "grid")
    path = tmp_path / "grid" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_fleet(tmp_path / "grid", ("carbon",))
        read_grid(tmp_path / "grid")
        read_network(tmp_path / "grid")
