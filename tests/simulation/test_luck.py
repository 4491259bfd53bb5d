"""Luck is addressed: taking a market away changes nobody else's draws, and a checkpoint goes on to the same bytes."""

import sys
from statistics import NormalDist

import numpy as np
import pytest

from marketsim.errors import RunError
from marketsim.rng import Luck, inverse_normal, philox
from marketsim.simulation import checkpoint
from marketsim.simulation.result import result
from marketsim.simulation.run import play


def drawn(monkeypatch, played, settings):
    """Every draw by id of a run: purpose and step → {id: value}."""
    seen = {}
    plain, ahead = Luck.uniforms_of, Luck.uniforms_over

    def noted(purposes, step, ids, table):
        for purpose, values in zip(purposes, table, strict=True):
            seen.setdefault((purpose, step), {}).update(zip(ids.tolist(), values.tolist(), strict=True))

    def uniforms_of(self, purposes, step, ids):
        table = plain(self, purposes, step, ids)
        noted(purposes, step, ids, table)
        return table

    def uniforms_over(self, purposes, steps, ids):
        tables = ahead(self, purposes, steps, ids)
        for place, step in enumerate(steps):
            noted(purposes, step, ids, tables[:, place])
        return tables

    with monkeypatch.context() as patch:
        patch.setattr(Luck, "uniforms_of", uniforms_of)
        patch.setattr(Luck, "uniforms_over", uniforms_over)
        played("tianjin", settings=("power.resolution=typical-days", *settings))
    return seen


@pytest.mark.slow
def test_removing_a_market_leaves_every_other_draw_unchanged(monkeypatch, played):
    whole = drawn(monkeypatch, played, ())
    without = drawn(monkeypatch, played, ("markets.energy=null", "targets=null"))
    assert {purpose for purpose, _ in whole} - {purpose for purpose, _ in without} == {"attention/energy", "arrival/energy", "quote/energy"}
    # who looks may differ (prices do), but whoever draws at an address draws the same
    compared = 0
    for address, values in without.items():
        for who, value in values.items():
            if who in whole[address]:
                assert whole[address][who] == value
                compared += 1
    assert compared > 50_000
    attention = [address for address in without if address[0].startswith("attention/")]
    assert attention and all(whole[address] == without[address] for address in attention)


def test_philox_agrees_with_the_published_known_answers():
    # Random123 1.14, kat_vectors, philox4x32 10 rounds
    for counter, key, answer in (
        ([0, 0, 0, 0], [0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        ([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0], [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
    ):
        words = philox([np.array([word], dtype=np.uint64) for word in counter], key)
        assert [int(word[0]) for word in words] == answer


def test_draws_by_id_do_not_depend_on_who_else_draws():
    luck = Luck(seed=7, replication=3)
    ids = np.array([5, 10**14, 3, 2**40])
    alone = [float(luck.uniform_of("x", 2, ids[i : i + 1])[0]) for i in range(4)]
    assert luck.uniform_of("x", 2, ids).tolist() == alone
    assert luck.uniform_of("x", 3, ids).tolist() != alone and luck.uniform_of("y", 2, ids).tolist() != alone
    ahead = luck.uniforms_over(("y", "x"), range(1, 4), ids)
    assert ahead.shape == (2, 3, 4) and ahead[1, 1].tolist() == alone and ahead[0, 2].tolist() == luck.uniform_of("y", 3, ids).tolist()
    assert luck.normal("x", 0, 10)[:5].tolist() == luck.normal("x", 0, 5).tolist()
    many = luck.normal_of("z", 0, np.arange(20_000))
    assert abs(many.mean()) < 0.03 and abs(many.std() - 1) < 0.02


def test_compiled_draws_are_the_plain_ones(monkeypatch):
    tables, luck, ids = [], Luck(seed=11), np.concatenate([np.arange(300), [2**32 - 1, 2**32, 10**14, 2**62]])
    for many in (10**6, 0):
        with monkeypatch.context() as patch:
            if many:
                patch.delitem(sys.modules, "numba", raising=False)
            patch.setattr("marketsim.rng.MANY", many)
            tables.append([luck.uniforms_of(("a", "b"), step, ids).tolist() for step in (0, 1, 199)])
    assert tables[0] == tables[1]
    assert tables[0][1][1] == luck.uniform_of("b", 1, ids).tolist()


def test_a_checkpoint_is_the_world_alone(twin, founded):
    whole = result(twin).journal
    for stop in (0, 40, len(twin.agenda) // 2, len(twin.agenda) - 3):
        world = founded("twin")
        while world.state.done < stop or world.state.waiting:
            world.state.now = world.agenda[world.state.done].tick
            world.step()
        kept = checkpoint.save(world)
        resumed = checkpoint.restore(founded("twin"), kept)
        play(resumed)
        assert result(resumed).journal.equals(whole), f"resumed after {stop} actions"
        assert result(resumed).summary == result(twin).summary


def test_no_checkpoint_while_orders_wait(founded):
    world = founded("twin")
    while not world.state.waiting:
        due = world.agenda[world.state.done]
        world.state.now = due.tick  # stop inside the hour: quotes are in, matching is not
        world.step()
        if due.tick == world.agenda[-1].tick:
            break
    assert world.state.waiting
    with pytest.raises(RunError, match="waiting"):
        checkpoint.save(world)


def test_normal_draws_are_those_of_the_scalar_formula_to_the_bit():
    uniform = np.concatenate([np.random.default_rng(1).random(50_000), [0.5, 0.075, 0.925, np.nextafter(0.075, 0), np.nextafter(0.925, 1), 1e-300, 1 - 2**-53]])
    assert inverse_normal(uniform).tolist() == [NormalDist().inv_cdf(p) for p in uniform.tolist()]
