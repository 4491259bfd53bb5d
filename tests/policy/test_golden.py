"""Published tables and worked figures, row for row."""

import csv
from pathlib import Path

import numpy as np
import pytest

from marketsim.policy.allocation import (
    Claimants,
    first_tranche,
    grandfathering,
    historical_intensity,
    national_power,
    true_up,
)
from marketsim.policy.allocation.national_power import PowerUnits, load_correction
from marketsim.policy.allocation.projects import Projects
from marketsim.policy.allocation.purchase_by_factor import Parameters as Henan
from marketsim.policy.allocation.purchase_by_factor import apply as henan
from marketsim.policy.assessment import GRADES_ZH, Performance, cumulative, points
from marketsim.policy.exact import ratio
from marketsim.policy.transfers import surface_water, tax_sharing

GOLDEN = Path(__file__).parent / "golden"
MT_KG = 1_000_000_000


def table(name: str) -> list[dict]:
    with open(GOLDEN / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_surface_water_compensation_of_november_2021_row_for_row():
    rows = sorted(table("surface_water_2021_11.csv"), key=lambda row: row["district"])    # not in order of rank
    column = {name: np.array([int(row[name]) for row in rows]) for name in ("rank_pollution", "rank_yoy", "rank_outin")}
    rivers = surface_water.Rivers(
        pollution=column["rank_pollution"], change=column["rank_yoy"], outflow_inflow=column["rank_outin"])
    assert surface_water.rank_total(rivers).tolist() == [int(row["rank_total"]) for row in rows]
    paid = surface_water.apply(surface_water.Parameters(), rivers)
    fen_per_1e4_cny = 1_000_000
    assert paid.net_fen(16)[:16].tolist() == [int(row["payment_1e4cny"]) * fen_per_1e4_cny for row in rows]
    assert paid.net_fen(16)[16] == 0 and sum(paid.net_fen(16).tolist()) == 0


def judged(rows: list[dict], measures_points: int):
    """Assess rows of (target, actual) fall in percent with the same points for measures."""
    needed = np.array([int(ratio(row["target_drop_pct"]) * 10_000) for row in rows])
    achieved = np.array([int(ratio(row["actual_drop_pct"]) * 10_000) for row in rows])
    none = np.ones(len(rows), np.int64)
    return points.apply(points.Parameters(), Performance(
        needed=needed, achieved=achieved, total_cap=none, total_use=none,
        measures=np.full(len(rows), 100 * measures_points)))


@pytest.mark.parametrize("measures_points", [0, 30, 47, 60])
def test_provinces_of_2007_every_miss_is_vetoed_and_nobody_else(measures_points):
    rows = table("assessment_provinces_2007.csv")
    found = judged(rows, measures_points)
    missed = [row["grade"] == "未完成" for row in rows]
    assert found.vetoed.tolist() == missed and sum(missed) == 3
    assert (found.grade[np.array(missed)] == 0).all()


def test_provinces_of_2007_grade_above_one_needs_the_measures():
    """Liaoning at 1.002 exceeded while Heilongjiang at 1.022 only basically met: measures alone can make both true."""
    rows = {row["province"]: row for row in table("assessment_provinces_2007.csv")}
    for name, row in rows.items():
        if row["grade"] == "未完成":
            continue
        reachable = {GRADES_ZH[judged([row], measures).grade[0]] for measures in range(61)}
        assert row["grade"] in reachable, name


def test_sichuan_2016_all_rows_with_one_score_for_measures():
    rows = table("assessment_sichuan_2016.csv")
    assert len(rows) == 6
    fitting = [measures for measures in range(61)
               if [GRADES_ZH[grade] for grade in judged(rows, measures).grade] == [row["grade"] for row in rows]]
    assert fitting == [46, 47, 48, 49, 50, 51]


def test_intensity_2016_to_2020_compounded():
    changes: dict[str, list[float]] = {}
    for row in sorted(table("intensity_changes_2016_2020.csv"), key=lambda row: row["period"]):
        changes.setdefault(row["area"], []).append(float(row["value"]))
    areas = ("Tianjin", "Beijing", "Hebei")
    outcome = cumulative.apply(
        cumulative.Parameters(), cumulative.Changes(pct=tuple(tuple(changes[area]) for area in areas)))
    assert [len(changes[area]) for area in areas] == [5, 5, 5]
    assert [round(float(one), 2) for one in outcome.pct] == [-19.13, -23.77, -21.54]
    assert outcome.met == (True, True, True)


def test_tianjin_2021_allocation():
    emissions = np.array([[1 * MT_KG], [9 * MT_KG // 10]])
    steel = Claimants(covered=np.array([True]), use=emissions)
    final = grandfathering.apply(grandfathering.Parameters(base_years="largest"), steel)
    given = first_tranche(emissions[-1], 0.5)
    assert final.tolist() == [98 * MT_KG // 100] and given.tolist() == [45 * MT_KG // 100]
    assert true_up(final, given).tolist() == [53 * MT_KG // 100]
    paper = Claimants(covered=np.array([True]), use=emissions, output=np.array([[1_000_000], [1_000_000]]),
                      output_now=np.array([400_000]))
    final = historical_intensity.apply(historical_intensity.Parameters(base_years="largest"), paper)
    assert final.tolist() == [392_000_000]
    assert true_up(final, given).tolist() == [-58_000_000], "a true-up may take back"


def test_load_factor_correction_of_the_national_plan():
    assert abs(float(load_correction(490_000)) - 1.0967) < 1e-4
    assert load_correction(800_000) == ratio("1.007") and load_correction(750_000) == ratio("1.015")
    assert load_correction(850_000) == load_correction(900_000) == 1
    assert abs(load_correction(749_999) - load_correction(750_000)) < ratio("0.00001"), "the steps join"


def test_corrections_for_cooling_and_heat_and_gas_units_without_any():
    """1 GWh and 1 TJ each at a full load: large coal with air cooling, with half heat, gas at half load."""
    units = PowerUnits(
        kind=np.array([0, 0, 3]), supplied_kwh=np.full(3, 10**6), heat_mj=np.full(3, 10**6), load_ppm=np.array([900_000, 900_000, 500_000]),
        heat_share_ppm=np.array([0, 500_000, 500_000]), air_cooled=np.array([True, False, True]))
    given = national_power.apply(national_power.Parameters(), Claimants(covered=np.ones(3, bool), power=units))
    assert given.tolist() == [877_000 * 105 // 100 + 126_000, 877_000 * 89 // 100 + 126_000, 392_000 + 59_000]


def test_henan_2022_purchase():
    project = Projects(new_use=np.array([10_000_000]), whole_use=np.array([12]), value_added_fen=np.array([10]),
                       average_use=6, average_value_added_fen=10)
    assert henan(Henan(factor=0.3), project).tolist() == [6_000 * 1000]


def test_henan_2022_purchase_in_fen_and_kgce():
    """1.2 tce per 10,000 CNY: 12,000 tce (12,000,000 kgce) for 100 M CNY (10**10 fen); average 0.6."""
    project = Projects(new_use=np.array([10_000_000]), whole_use=np.array([12_000_000]),
                       value_added_fen=np.array([10**10]), average_use=600, average_value_added_fen=10**6)
    assert henan(Henan(factor=0.3), project).tolist() == [6_000 * 1000]


def shared_taxes(before_cny: int, tax_cny: int, years: int) -> list[int]:
    received, paid = 0, []
    for year in range(1, years + 1):
        moves = tax_sharing.Moves(
            origin=np.array([0]), host=np.array([1]), before_fen=np.array([before_cny * 100]),
            received_fen=np.array([received]), year=np.array([year]), tax_fen=np.array([tax_cny * 100]),
            led_by_government=np.array([True]))
        due = int(tax_sharing.apply(tax_sharing.Parameters(), moves).net_fen(2)[0])
        received += due
        paid.append(due // 100)
    return paid


def test_tax_sharing_of_the_three_provinces():
    million = 1_000_000
    assert shared_taxes(90 * million, 100 * million, 4) == [50 * million, 40 * million, 0, 0]
    assert shared_taxes(90 * million, 20 * million, 7) == [10 * million] * 5 + [0, 0]
    assert shared_taxes(59 * million, 100 * million, 2) == [0, 0], "under 20 M CNY a year before the move"
