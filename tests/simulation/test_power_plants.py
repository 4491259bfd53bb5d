"""The market of power plants alone: free by benchmark, due at most a fifth above it, money with the world outside, and what it adds to offers."""

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.fleet import read_fleet
from marketsim.errors import InputError, ProblemsFound
from marketsim.policy.allocation.national_power import load_correction
from marketsim.scenario.schema_power import Plants
from marketsim.simulation.power.plants import answer, plants_tick
from marketsim.simulation.result import result

TYPICAL = "power.resolution=typical-days"
CHOSEN = "power.plants={{right: carbon, price: {price} CNY/t, allocation: {{rule: national_power, in_force: China}}{more}}}"
FLEET = read_fleet(resources.path("configs", "grid", "tianjin"), rights=("carbon",)).in_zone("tianjin")
BENCHMARK = {"coal_large": Fraction("0.877"), "coal_small": Fraction("0.979"), "gas": Fraction("0.392")}


def chosen(**more):
    return Plants.model_validate({"right": "carbon", "price": "50 CNY/t", "allocation": {"rule": "national_power"}, **more})


def test_a_plant_gets_its_benchmark_for_what_it_supplies_and_owes_no_more_than_a_fifth_beyond():
    # the formula of the national plan written out again, plant by plant
    made = np.random.default_rng(3).integers(0, 9000, len(FLEET)) * FLEET.capacity_kw
    done = answer(chosen(), FLEET, made, 8760)
    seen = set()
    for row, name in enumerate(FLEET.benchmarks[technology] for technology in FLEET.technology):
        if not name:
            assert done.free[row] == done.due[row] == done.verified[row] == 0
            continue
        seen.add(name)
        kwh, capacity = int(made[row]), int(FLEET.capacity_kw[row])
        supplied = kwh - kwh * int(FLEET.own_use_per_gwh[row]) // 1_000_000
        load = min(kwh * 1_000_000 // (capacity * 8760), 1_000_000)
        free = int(supplied * BENCHMARK[name] * (1 if name == "gas" else load_correction(load)))
        emitted = kwh * int(FLEET.meter_per_gwh[0, row]) // 1_000_000
        assert (done.free[row], done.verified[row]) == (free, emitted)
        assert done.due[row] == min(emitted, free if name == "gas" else free + emitted // 5)
    assert seen == set(BENCHMARK)


def test_a_dirty_plant_owes_a_fifth_of_its_use_beyond_what_it_got_and_a_gas_plant_nothing():
    made = FLEET.capacity_kw * 5000
    tight = chosen(allocation={"rule": "national_power", "coal_large": 0.3, "coal_small": 0.3, "gas": 0.1})
    done, kind = answer(tight, FLEET, made, 8760), np.array([FLEET.benchmarks[technology] for technology in FLEET.technology])
    coal, gas = np.isin(kind, ["coal_large", "coal_small"]), kind == "gas"
    assert (done.due[coal] == done.free[coal] + done.verified[coal] // 5).all() and (done.due[gas] == done.free[gas]).all()
    assert (done.verified[coal | gas] > done.due[coal | gas]).all()


def test_one_more_kwh_costs_what_it_emits_less_what_it_brings():
    whole = plants_tick(chosen(in_offers="100%"), FLEET)
    for row, name in enumerate(FLEET.benchmarks[technology] for technology in FLEET.technology):
        supplied = 1 - Fraction(int(FLEET.own_use_per_gwh[row]), 1_000_000)
        t_per_mwh = Fraction(int(FLEET.meter_per_gwh[0, row]), 1_000_000) - (BENCHMARK[name] * supplied if name else 0)
        t_per_mwh = min(t_per_mwh, 0) if name == "gas" else t_per_mwh if name else 0  # who need not buy pays nothing for more
        assert abs(whole[row] - 50 * 10 * t_per_mwh) <= 1
    assert (whole < 0).any() and not plants_tick(chosen(), FLEET).any()


@pytest.mark.parametrize("more", [(), ("power.spot={}",), ("power.neighbours=true",)], ids=str)
def test_a_year_settles_with_the_world_outside_to_the_fen(played, more):
    world = played("tianjin", seed=7, settings=(TYPICAL, CHOSEN.format(price=50, more=", in_offers: 100%"), *more))
    year, found, ledger = world.setting.power, world.state.power, world.ledger
    assert not ledger.balance.sum(axis=(1, 2)).any() and (ledger.recount() == ledger.balance).all()
    owed = found["plants.due"] - found["plants.free"]
    assert (found["plants.paid"] == owed * 5).all()  # 50 CNY/t is 5 fen a kg
    rows = {(place, metric): value for place, metric, _, value in result(world).summary}
    for name in ("verified", "free", "due", "paid"):
        assert sum(value for (_, metric), value in rows.items() if metric == f"carbon.plants_{name}") == found[f"plants.{name}"].sum()
    assert found["plants.verified"].sum() > 30e9 and year.fleet.rank[found["plants.free"] > 0].max() == 2


def test_the_benchmark_of_the_day_holds_and_the_price_moves_what_runs(played):
    base = played("tianjin", seed=7, settings=(TYPICAL, CHOSEN.format(price=50, more="")))
    dear = played("tianjin", seed=7, settings=(TYPICAL, CHOSEN.format(price=300, more=", in_offers: 100%")))
    assert (base.state.generation == played("tianjin", seed=7, settings=(TYPICAL,)).state.generation).all()
    # a benchmark by size of plant favours the small ones, however dirty: what they emit less what they bring is the least
    small = np.isin(FLEET.technology, [n for n, name in enumerate(FLEET.benchmarks) if name == "coal_small"])
    assert dear.state.generation[small].sum() > base.state.generation[small].sum()
    assert base.setting.calendar.start < date(2021, 1, 1) and base.setting.question.power.plants.allocation.parameters["coal_large"] == 0.877


def test_a_tonne_answers_in_one_market_and_a_fleet_must_name_its_benchmarks(played, founded, tmp_path):
    both = (CHOSEN.format(price=50, more=""), "power.priced_rights=[carbon]", "power.pass_through=100%")
    with pytest.raises(InputError, match="answers in one market only"):
        founded("tianjin", 7, both)
    with pytest.raises(InputError, match="must name the `benchmark`"):
        played("twin", seed=7, settings=(TYPICAL, CHOSEN.format(price=50, more=", in_offers: 10%")))
    with pytest.raises(ProblemsFound, match="MS301"):
        founded("tianjin", 7, ("power.plants={right: coal, price: 50 CNY/t, allocation: {rule: national_power}}",))
    with pytest.raises(ProblemsFound, match="MS202"):
        founded("tianjin", 7, ("power.plants={right: carbon, price: 50 CNY/kWh, allocation: {rule: national_power}}",))
    shutil.copytree(Path(__file__).resolve().parents[1] / "data", tmp_path, dirs_exist_ok=True)
    with open(tmp_path / "twin-grid" / "technologies.csv", "a", encoding="utf-8") as file:
        file.write("coal,benchmark,coal_huge,name,invented,estimate,0\n")
    with pytest.raises(InputError, match="found coal_huge"):
        played(tmp_path / "twin.yaml", seed=7, settings=(TYPICAL, CHOSEN.format(price=50, more="")))


def test_critical_hours_cost_more_than_the_peak(played):
    tariff = {}
    for name, more in (("peak", ""), ("critical", ", critical: [18, 19], critical_up: 20%")):
        world = played("twin", seed=7, settings=(TYPICAL, f"power.time_of_use={{peak: [18, 19], valley: [2, 3]{more}}}"))
        tariff[name] = -int(world.state.power["net.small"].sum())
    plain = -int(played("twin", seed=7, settings=(TYPICAL,)).state.power["net.small"].sum())
    # peak 1.6, critical 1.6 × 1.2, valley 0.4 of the same hours' load
    assert plain < tariff["peak"] < tariff["critical"]
    with pytest.raises(InputError, match="no hour of the peak"):
        played("twin", seed=7, settings=(TYPICAL, "power.time_of_use={peak: [18], valley: [2], critical: [19]}"))
