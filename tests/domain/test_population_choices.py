"""Measures and choices: every saving by hand, cross effects, costs that differ, and what cannot be had within the year."""

from pathlib import Path

import numpy as np
import pytest

from marketsim import resources
from marketsim.domain.choices import expand, load_measures, measures_of
from marketsim.domain.population import load_parameters, synthesise
from marketsim.domain.region import load_city
from marketsim.rng import Luck

TIANJIN = load_city(resources.path("configs", "regions", "tianjin"))
TWIN = load_city(Path(__file__).resolve().parents[1] / "data" / "twin-city")


def made(city, seed=1, scale=1):
    return synthesise(city, load_parameters(city.folder, city), Luck(seed=seed), scale)


def use_in_sectors(population, firm: int, measure) -> int:
    """What a firm uses of a measure's basis, from the claims one by one."""
    city, claims = population.city, population.claims
    basis, amount, power = city.rights[measure.basis], 0, 0
    for i in np.flatnonzero(claims.firm == firm).tolist():
        if claims.sector[i] in measure.sectors:
            amount += int(claims.amount[i]) * (claims.meter[i] == city.meter_index(basis.key))
            power += int(claims.amount[i]) * (claims.meter[i] == city.role_index("power"))
    return amount if basis.includes_power else amount + power * basis.base_per_gwh // 10**6


@pytest.mark.parametrize("city", [TWIN, TIANJIN], ids=["twin", "tianjin"])
def test_every_choice_by_hand(city):
    population, measures = made(city), measures_of(city)
    choices = expand(population, measures, Luck(seed=1), spread=0.0)
    for row in range(0, len(choices), 1 if city is TWIN else 37):
        measure, firm = measures[choices.measure[row]], int(choices.firm[row])
        unit = city.rights[measure.basis].base_per_trading_unit
        amount = use_in_sectors(population, firm, measure) * measure.potential_ppm // 10**6
        power = amount * measure.saves_power_kwh // unit
        assert choices.lead_days[row] == measure.lead_days
        for right, meter in enumerate(city.rights):
            assert choices.saving[right, row] == amount * measure.saves[right] // unit + power * meter.base_per_gwh // 10**6
        assert choices.cost_fen[row] == pytest.approx(amount / unit * measure.cost_fen, abs=0.5)


def test_all_covered_firms_get_their_available_measures_and_nobody_else():
    population, measures = made(TWIN), measures_of(TWIN)
    choices, firms = expand(population, measures, Luck(seed=1)), population.firms
    found = {key: np.flatnonzero(choices.measure == i) for i, key in enumerate(m.key for m in measures)}
    assert not len(found["smelting-idle"]) and not len(found["smelting-capture"])
    smelting = np.flatnonzero(firms.covered[0])
    assert choices.firm[found["smelting-heat"]].tolist() == smelting.tolist()
    holders = np.flatnonzero(firms.covered[2] & (firms.is_kind("irrigation") | firms.is_kind("government")))
    assert choices.firm[found["farm-canals"]].tolist() == holders.tolist()  # a government answers for farms it holds rights for
    assert not firms.is_kind("residual")[choices.firm].any()
    place = choices.firm.astype(int) * len(measures) + choices.measure
    assert (np.diff(place) > 0).all(), "those of a firm together, in the order of measures"
    reclaimed = found["plant-reclaimed"]
    assert (choices.saving[2, reclaimed] > 0).all() and (choices.saving[:2, reclaimed] < 0).all()


def test_costs_differ_by_firm_and_are_never_free():
    population, measures = made(TIANJIN, scale=20), measures_of(TIANJIN)
    flat, spread = (expand(population, measures, Luck(seed=5), spread=s) for s in (0.0, 0.4))
    factor = spread.cost_fen / flat.cost_fen
    assert np.array_equal(flat.saving, spread.saving)
    assert factor.min() == pytest.approx(0.1, abs=0.01) and factor.mean() == pytest.approx(1.0, abs=0.02)
    assert factor.std() == pytest.approx(0.4, abs=0.02)
    half = expand(population, measures, Luck(seed=5), availability=0.5)
    large = spread.saving[2] > 10**6
    assert len(half) == len(spread)
    assert np.allclose(half.saving[2, large] / spread.saving[2, large], 0.5, rtol=1e-3)


def test_a_measure_more_leaves_the_others_costs(tmp_path):
    text = (TWIN.folder / "measures.csv").read_text(encoding="utf-8").splitlines()
    more = text[:1] + [text[2].replace("smelting-heat", "smelting-more")] + text[1:]
    (tmp_path / "measures.csv").write_text("\n".join(more), encoding="utf-8")
    population = made(TWIN)
    before, after = (expand(population, load_measures(folder / "measures.csv", TWIN), Luck(seed=2)) for folder in (TWIN.folder, tmp_path))
    old = after.measure != 0
    assert np.array_equal(after.cost_fen[old], before.cost_fen) and np.array_equal(after.saving[:, old], before.saving)
    assert not np.array_equal(after.cost_fen[~old], before.cost_fen[before.measure == 1])


def test_the_cost_table_of_tianjin():
    measures = measures_of(TIANJIN)
    assert len(measures) == 40 + 7
    from_table = [m for m in measures if m.basis == 0]
    for measure in from_table:  # a tonne is a tonne, whether it is fuel or power that is saved
        assert measure.saves[0] + measure.saves_power_kwh * 0.6101 == pytest.approx(1000, abs=0.5)
        assert -121 < measure.saves[1] + measure.saves_power_kwh * 0.305 < 451
    assert all((m.cost_fen <= 0) == (m.status == "baseline") for m in measures)
    assert sum(m.status == "baseline" for m in measures) == 8
    slow = {"steel-scrap-furnace", "steel-hydrogen", "petrochem-hydrogen", "building_mat-capture", "power_heat-capture"}
    assert slow <= {m.key for m in measures if m.status == "later"}
    assert all((m.lead_days >= 730) == (m.status == "later") for m in measures)
    farms = next(m for m in measures if m.key == "farm-canals")
    assert (farms.cost_fen, farms.saves[2], farms.potential_ppm) == (40_000, 10**6, 40_000)  # 0.4 CNY/m3, 4 % of use


def test_no_firm_can_save_more_than_it_uses():
    population = made(TIANJIN)
    choices, firms = expand(population, measures_of(TIANJIN), Luck(seed=1)), population.firms
    for right in range(3):
        saved = np.bincount(choices.firm, weights=np.maximum(choices.saving[right], 0), minlength=len(firms))
        assert (saved <= firms.use()[right]).all()
