"""Fast ways give the bytes of the plain ones: compiled positions, compiled days, many runs in one process."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from marketsim.markets import contracts as deals
from marketsim.scenario import load
from marketsim.simulation import decide, positions, quoting, replicate
from marketsim.simulation.power import contracts
from marketsim.simulation.result import journal
from marketsim.study.task import fingerprint

TWIN = Path(__file__).resolve().parents[1] / "data" / "twin.yaml"


def paused(founded, name, share, settings=()):
    """A world that stands in the middle of its calendar."""
    world = founded(name, settings=settings)
    stop = int(len(world.agenda) * share)
    while world.state.done < stop or world.state.waiting:
        world.state.now = world.agenda[world.state.done].tick
        world.step()
    return world


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_compiled_positions_are_the_plain_ones_to_the_bit(founded, share):
    world = paused(founded, "tianjin", share, ("power.resolution=typical-days",))
    everybody = np.arange(len(world.setting.firms.id))
    for right in world.setting.rights:
        for rows in (everybody, everybody[::7], everybody[:0]):
            plain, fast = positions._plain(world, right, rows), positions._compiled(world, right, rows)
            for one, other in zip(plain, fast, strict=True):
                assert (one == other).all()
        lacking = np.maximum(positions.open_everywhere(world, right), 0.0)
        assert lacking.tolist() == np.maximum(positions._plain(world, right, everybody)[1], 0.0).tolist()
    assert world.state.begun.any() == (share > 0.5)


@pytest.mark.parametrize("settings", [(), ("markets.carbon.fee=1%", "firms.strategies={cost-minimising: 40%, zero-intelligence: 30%, deadline-driven: 30%}")])
def test_compiled_quotes_are_the_plain_ones_to_the_bit(monkeypatch, founded, settings):
    world = paused(founded, "tianjin", 0.4, ("power.resolution=typical-days", *settings))
    sent = 0
    for right in world.setting.rights:
        low, high = int(world.state.close_tick[right.index] * 0.9), int(world.state.close_tick[right.index] * 1.1)
        rows, answers = world.setting.traders[right.index], []
        for answer in (False, True):
            monkeypatch.setattr(quoting, "compiled_pays", lambda rows, many, answer=answer: answer)
            answers.append(quoting.orders(world, right, rows, (low, high), 99))
        for name in ("owner", "side", "tick", "lots"):
            assert (getattr(answers[0], name) == getattr(answers[1], name)).all(), name
        sent += len(answers[0])
    assert sent > 300


def test_compiled_passes_are_the_plain_ones_on_books_that_few_years_show(monkeypatch, founded):
    """Obligations carried over, offsets in every state, cash and stock that bind, whole lots to spare, sellers dearer than the band."""
    world = paused(founded, "tianjin", 0.1, ("power.resolution=typical-days", "markets.carbon.fee=20%", "firms.attention=1.2%",
                            "firms.strategies={cost-minimising: 40%, zero-intelligence: 40%, deadline-driven: 20%}"))
    state, balance, luck, firms = world.state, world.ledger.balance, np.random.default_rng(3), len(world.setting.firms.id)
    state.owed[:], state.begun[:], state.decided[:] = luck.integers(0, 10**9, state.owed.shape), luck.random(state.begun.shape) < 0.3, luck.random(firms) < 0.3
    for right in world.setting.rights:
        if right.offset_asset >= 0:
            balance[right.offset_asset, :firms] = luck.integers(0, 10**8, (firms, 3))
        with monkeypatch.context() as patch:  # no fee is felt, as where the compiled pass is taken
            patch.setattr(positions, "felt_cny", positions._with_power)
            for one, other in zip(positions._plain(world, right, np.arange(firms)), positions._compiled(world, right, np.arange(firms)), strict=True):
                assert (one == other).all()
        rows, price = world.setting.traders[right.index], right.instrument.price_cny(int(state.close_tick[right.index]))
        band = tuple(int(state.close_tick[right.index] * edge) for edge in (0.9, 1.1))
        balance[0, :firms, 0] = luck.integers(0, int(2000 * price * right.instrument.units_per_lot), firms)  # enough for twenty lots at most
        balance[right.asset, :firms, 0] = luck.integers(0, 20 * right.instrument.lot_base, firms)
        own = positions.Positions(gap=luck.integers(-40, 41, len(rows)) / 2 * right.instrument.units_per_lot, most_cny=price * luck.uniform(0.5, 2, len(rows)), least_cny=price * luck.uniform(0.5, 1.5, len(rows)))
        monkeypatch.setattr(quoting, "stand", lambda *_, own=own, **__: own)
        answers = []
        for answer in (False, True):
            monkeypatch.setattr(quoting, "compiled_pays", lambda rows, many, answer=answer: answer)
            answers.append(quoting._quotes(world, right, rows, band, np.random.default_rng(5).random(len(rows))))
        plain, fast = answers
        assert (plain.side == fast.side).all() and (plain.lots == fast.lots).all() and (plain.price_cny == fast.price_cny).all()
        assert (plain.lots == 0).any() and (plain.lots > 1).any()


def test_orders_arrive_as_a_stable_sort_puts_them():
    from marketsim.agents.quote_kernel import by_arrival

    rng = np.random.default_rng(4)
    for n in (0, 1, *range(2, 40), 3000, 3001):
        arrival = rng.random(n)
        if n % 2 == 0:
            arrival[n // 2 :] = arrival[: n // 2]  # every draw twice
        assert by_arrival(arrival).tolist() == np.argsort(arrival, kind="stable").tolist()


def test_a_run_has_the_same_journal_whether_numba_is_there_or_not(monkeypatch, founded, played):
    compiled = []
    for answer in (False, True):
        with monkeypatch.context() as patch:
            for place in ("matching.day", "simulation.positions", "simulation.quoting", "domain.ledger"):
                patch.setattr(f"marketsim.{place}.compiled_pays", lambda rows, many, answer=answer: answer)
            compiled.append(journal(played("twin")))
    assert len(compiled[0]) > 1000 and compiled[0].equals(compiled[1])


def test_a_replication_is_what_its_seed_makes_alone():
    """A process of its own without numba for the run alone, nothing left over from other seeds in the replications."""
    alone = (
        "import sys; from marketsim.scenario import load; from marketsim.simulation import run; from marketsim.study.task import fingerprint;"
        f"result = run(load({str(TWIN)!r}), 6); assert 'numba' not in sys.modules; print(fingerprint(result.journal))"
    )
    told = subprocess.run([sys.executable, "-c", alone], check=True, capture_output=True, text=True).stdout.strip()
    five, six, again = replicate(load(TWIN), (5, 6, 5))
    assert fingerprint(six.journal) == told != fingerprint(five.journal)
    assert five.journal.equals(again.journal) and five.summary == again.summary and five.series.equals(again.series)


def test_what_a_large_run_does_in_parts_and_on_the_disk_has_the_same_bytes(monkeypatch, played):
    settings = ("power.resolution=typical-days", "firms.output={most: 10%, margin: 50%}", "firms.attention=5%")
    plain = played("tianjin", settings=settings)
    monkeypatch.setattr(decide, "BLOCK", 1 << 6)
    monkeypatch.setattr(contracts, "MANY", 100)
    monkeypatch.setattr(deals, "BLOCK", 1 << 5)
    parted = played("tianjin", settings=settings)
    assert isinstance(parted.state.signed[0].lots, np.memmap) and not isinstance(plain.state.signed[0].lots, np.memmap)
    assert (np.diff(parted.setting.choices.firm) >= 0).all() and (parted.setting.choices.measure < 0).any()
    assert (parted.state.begun == plain.state.begun).all() and parted.state.begun.any()
    assert all((parted.state.signed[month].lots == plain.state.signed[month].lots).all() for month in range(12))
    assert journal(parted).equals(journal(plain))


KERNELS = """
from marketsim.simulation.warm import warmup
warmup()
from marketsim import rng
from marketsim.agents import abatement_kernel, quote_kernel
from marketsim.domain import ledger_kernel
kernels = (abatement_kernel.stand_over, quote_kernel.quote_over, quote_kernel.by_arrival, ledger_kernel.post_batch, rng._compiled())
print(*(len(kernel.signatures) for kernel in kernels))
"""


def test_warming_up_compiles_what_firms_need():
    done = subprocess.run([sys.executable, "-c", KERNELS], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.stdout.split() == ["1"] * 5
