"""The population of a city: it adds up to the table, holds what the parameters say, and keeps everybody's luck."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketsim import resources
from marketsim.domain.population import Cover, load_parameters, synthesise
from marketsim.domain.region import load_city
from marketsim.errors import InputError
from marketsim.rng import Luck

TIANJIN = resources.path("configs", "regions", "tianjin")
TWIN = Path(__file__).resolve().parents[1] / "data" / "twin-city"
CITIES = {(folder, view): load_city(folder, view) for folder, view in (
    (TIANJIN, "bottom-up"), (TIANJIN, "night-light"), (TWIN, "ledger"), (TWIN, "lights"))}  # fmt: skip


def made(city, seed=1, scale=1, parameters=None):
    return synthesise(city, parameters or load_parameters(city.folder, city), Luck(seed=seed), scale)


def same(one, two) -> bool:
    """Two tables of firms, column by column."""
    pairs = [(getattr(one, f.name), getattr(two, f.name)) for f in fields(one)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(place=st.sampled_from(list(CITIES)), seed=st.integers(0, 2**31 - 1), scale=st.integers(1, 12))
def test_holders_and_residuals_are_the_table_to_the_unit(place, seed, scale):
    city = CITIES[place]
    population = made(city, seed, scale)
    firms, claims = population.firms, population.claims
    assert np.array_equal(population.cells(), city.cells)
    assert (claims.amount > 0).all() and (firms.direct >= 0).all()
    for right, meter in enumerate(city.rights):
        carried = np.bincount(claims.firm[claims.meter == city.meter_index(meter.key)], minlength=len(firms)) > 0
        assert ((firms.use()[right] > 0) <= (carried | (firms.power_kwh > 0))).all()
    assert firms.value_added_fen.sum() == city.cells[:, :, city.meter_index("value_added")].sum()
    assert firms.power_kwh.sum() == city.cells[:, :, city.meter_index("power")].sum()
    energy = [meter.key for meter in city.rights].index("energy")
    assert firms.use()[energy].sum() == city.cells[:, :, city.meter_index("energy")].sum()
    residual = firms.is_kind("residual")
    assert residual.sum() == city.cells.shape[0] * city.cells.shape[1] and not firms.covered[:, residual].any()
    assert (np.diff(firms.id) > 0).all()


@pytest.mark.parametrize("view", ["bottom-up", "night-light"])
def test_tianjin_is_covered_as_stated(view):
    city = CITIES[TIANJIN, view]
    firms = made(city).firms
    covered = np.where(firms.covered, firms.use(), 0)
    assert firms.covered[0].sum() == 104 and firms.is_kind("facility").sum() == 300
    assert covered[0].sum() / 1e9 == pytest.approx(71.94, abs=0.02)
    steel = firms.sector == city.sector_index("steel")
    assert (firms.covered[0] & steel).sum() == 10
    assert covered[0][steel].sum() / covered[0].sum() == pytest.approx(0.73, abs=0.002)
    if view == "bottom-up":  # the other view moves emissions between sites, not energy
        assert (firms.covered[0] <= firms.covered[1]).all()
        assert firms.covered[1].sum() == 300 and covered[1].sum() / 1e9 == pytest.approx(48.1, abs=0.01)
    tradable = [i for i, s in enumerate(city.sectors) if s.group in ("industry", "power", "agriculture")]
    assert covered[2].sum() == city.cells[:, tradable, city.meter_index("water")].sum()
    assert covered[2].sum() / 1e11 == pytest.approx(14.8, abs=0.001)
    assert firms.is_kind("government").sum() == 16


def test_thresholds_hold_and_sizes_differ():
    city = CITIES[TIANJIN, "bottom-up"]
    firms, parameters = made(city).firms, load_parameters(TIANJIN, city)
    for cover in parameters.coverage:
        members = firms.covered[cover.right] & firms.is_kind(cover.kind)
        assert members.any() and firms.use()[cover.right, members].min() >= cover.threshold
    largest = np.sort(firms.use()[0, firms.covered[0]])[::-1]
    assert largest[:10].sum() > 0.6 * largest.sum() and largest[-1] < largest[0] / 100
    facility = firms.is_kind("facility")
    per_output = np.log(firms.use()[1, facility] / firms.value_added_fen[facility])
    sectors = firms.sector[facility]
    within = np.concatenate([per_output[sectors == s] - per_output[sectors == s].mean() for s in np.unique(sectors)])
    assert 0.1 < within.std() < 0.5


def test_scale_cuts_the_same_city_finer():
    city = CITIES[TIANJIN, "bottom-up"]
    one, many = made(city).firms, made(city, scale=20).firms
    assert many.covered[0].sum() == 2080 and many.is_kind("facility").sum() == 6000 and many.is_kind("government").sum() == 16
    bases = [np.where(firms.covered, firms.use(), 0).sum(axis=1) for firms in (one, many)]
    assert np.allclose(bases[0], bases[1], rtol=5e-4)


def test_leaving_out_a_right_changes_nothing_else():
    city = CITIES[TIANJIN, "bottom-up"]
    parameters = load_parameters(TIANJIN, city)
    full = made(city, parameters=parameters).firms
    own = full.is_kind("facility") | full.is_kind("irrigation")  # governments and residuals take what is left
    for right in range(3):
        thin = made(city, parameters=replace(parameters, coverage=tuple(c for c in parameters.coverage if c.right != right))).firms
        others = tuple(key for r, key in enumerate(full.rights) if r != right)
        assert np.array_equal(full.id[own], thin.id[:own.sum()]) and not thin.covered[right].any()
        assert same(full.take(own).for_rights(others), thin.take(np.flatnonzero(own)).for_rights(others))
    picked = full.for_rights(("water", "carbon"))
    assert np.array_equal(picked.id, full.id) and np.array_equal(picked.use(), full.use()[[2, 0]])
    with pytest.raises(InputError, match="no right 'heat'"):
        full.for_rights(("heat",))


def test_luck_is_the_seed_and_the_id_alone():
    city = CITIES[TIANJIN, "bottom-up"]
    parameters = load_parameters(TIANJIN, city)
    base = made(city).firms
    assert same(base, made(city).firms)
    assert same(base, synthesise(city, parameters, Luck(seed=1, replication=9)).firms)
    other = made(city, seed=2).firms
    assert np.array_equal(base.id, other.id) and not np.array_equal(base.direct, other.direct)
    fewer = made(city, parameters=replace(parameters, holders=parameters.holders[:5] + parameters.holders[6:])).firms  # no paper
    paper = city.sector_index("paper")
    keep = [np.flatnonzero((firms.sector != paper) & (firms.sector >= 0)) for firms in (base, fewer)]
    assert len(fewer) == len(base) - 10 and same(base.take(keep[0]), fewer.take(keep[1]))


def test_a_government_leaves_what_power_use_adds_where_the_power_is():
    city = CITIES[TWIN, "ledger"]
    parameters = load_parameters(TWIN, city)
    living, energy = city.sector_index("living"), 1
    cover = Cover(right=energy, kind="government", sectors=(living,), threshold=0)
    population = made(city, parameters=replace(parameters, coverage=(*parameters.coverage, cover)))
    firms = population.firms
    assert np.array_equal(population.cells(), city.cells) and (firms.direct >= 0).all()
    residual = firms.is_kind("residual") & (firms.sector == living)
    assert firms.direct[energy, residual].tolist() == [0, 0]
    added = firms.use()[energy, residual]
    held = firms.use()[energy, firms.is_kind("government")]
    assert (held + added).tolist() == city.cells[:, living, city.meter_index("energy")].tolist() and (held > 0).all()


def test_names_are_made_up_and_tell_the_place():
    names = made(CITIES[TWIN, "ledger"]).firms.names()
    assert len(set(names)) == len(names) == 24
    assert {"990101-smelting-1", "990102-government-1", "990101-living-residual-1"} <= set(names)
