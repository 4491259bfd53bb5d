"""Bugs planted one by one in ledger, matching, settlement and compliance: the auditor, the model of the ledger or the reference engine catches each."""

import importlib.util
import random
import sys
from pathlib import Path

import pytest

import marketsim
from marketsim.errors import LedgerError

ROOT = Path(__file__).resolve().parents[2]
SRC = Path(marketsim.__file__).parent
TWIN = ROOT / "tests" / "data" / "twin.yaml"
SETTINGS = (
    "years=2", "power=null", "targets=null", "markets.carbon.auction=null", "markets.carbon.fee=0.7%", "markets.carbon.allocation.factor=80%", "markets.carbon.compliance={rule: surrender, bank_limit: 0%, fine_cny_per_lot: 20 CNY/t}",
    "markets.water.compliance.fine_cny_per_lot=9 CNY/m3", "firms.strategies.zero-intelligence=60%", "firms.strategies.cost-minimising=40%",
)  # fmt: skip

# name, module, what stands there, what is planted
LEDGER = [
    ("the source is not charged", "domain.ledger", "np.subtract.at(flat, source, batch.amount)\n        np.add.at(flat, target, batch.amount)\n        try", "np.add.at(flat, target, batch.amount)\n        try"),
    ("the target state is forgotten", "domain.ledger", "np.ravel_multi_index((batch.asset, batch.target, self._target_state[batch.move]), shape)", "np.ravel_multi_index((batch.asset, batch.target, self._source_state[batch.move]), shape)"),
    ("nothing is refused for lack", "domain.ledger", "(after < 0) &", "(after < -9) &"),
    ("the table is not looked at", "domain.ledger", "bad |= ~self._may_enter[batch.move, self._kind[batch.target]]", "pass"),
    ("a refused batch stays posted", "domain.ledger", "            np.subtract.at(flat, target, batch.amount)\n            raise", "            raise"),
    ("amount 0 and below pass", "domain.ledger", "bad = batch.amount <= 0", "bad = batch.amount < -5"),
    ("a suspended account gives", "domain.ledger", "if held_up.any():", "if held_up.all() and False:"),
    ("the journal forgets", "domain.ledger", "            raise\n        self.journal.append((tick, batch))", "            raise\n        if tick % 7: self.journal.append((tick, batch))"),
]
SETTLEMENT = [
    ("trades at the limit, not at the price", "simulation.trade", "paid = trades.lots * trades.tick * instrument.tick_fen", "paid = trades.lots * (trades.tick + 1) * instrument.tick_fen"),
    ("delivery to the seller", "simulation.trade", '("deliver", right.asset, trades.seller, trades.buyer,', '("deliver", right.asset, trades.seller, trades.seller,'),
    ("what is left stays frozen", "simulation.trade", '("release", right.asset, sellers, sellers, left[~buys]),', ""),
    ("payment without delivery", "simulation.trade", '("deliver", right.asset, trades.seller, trades.buyer, trades.lots * instrument.lot_base),', '("deliver", right.asset, trades.seller[1:], trades.buyer[1:], trades.lots[1:] * instrument.lot_base),'),
    ("turnover is not what was paid", "simulation.trade", "turnover = int((lots * session.trades.tick).sum()) * instrument.tick_fen", "turnover = int((lots * session.trades.tick).sum()) * instrument.tick_fen + 1"),
    ("a part of a lot", "simulation.trade", "trades.lots * instrument.lot_base),\n        (\"release\", MONEY", "trades.lots * instrument.lot_base - 1),\n        (\"release\", MONEY"),
    ("nothing bought matures", "simulation.trade", 'return entries("mature", right.asset, holders, holders, world.ledger.balance[right.asset, holders, BOUGHT_TODAY])', 'return entries("mature", right.asset, holders, holders, 0)'),
]  # fmt: skip
COMPLIANCE = [
    ("offsets count twice", "policy.compliance.surrender", "missing = due - offsets_used - surrendered", "missing = due - 2 * offsets_used - surrendered"),
    ("a unit too few is surrendered", "policy.compliance.surrender", "surrendered = np.minimum(obligations.held, due - offsets_used)", "surrendered = np.minimum(np.maximum(obligations.held - 1, 0), due - offsets_used)"),
    ("what is banked is not what is left", "policy.compliance.surrender", "    banked = left\n", "    banked = left // 2\n"),
    ("surrender is not posted", "simulation.comply", 'entries("surrender", right.asset, rows, accounts.index("surrendered"), outcome.surrendered),', ""),
    ("what may not be kept is kept", "simulation.comply", 'entries("cancel", right.asset, rows, accounts.index("cancelled"), outcome.cancelled),', "", "markets.water.compliance.bank_limit=0%"),
    ("fines above what is due", "simulation.comply", 'state.spent_fen["penalties"] += fine', 'state.spent_fen["penalties"] += fine + 1'),
    ("debts are forgotten", "policy.compliance.surrender", "due = liable + obligations.owed", "due = liable"),
]


def script(name):
    """A campaign of benchmarks/ as a module."""
    if str(ROOT / "benchmarks") not in sys.path:
        sys.path.append(str(ROOT / "benchmarks"))
    return importlib.import_module(name)


def planted(module: str, stands: str, plant: str, place: Path):
    """The module with the bug in it, under another name."""
    text = (SRC / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8")
    assert text.count(stands) == 1, f"{stands!r} stands {text.count(stands)} times in {module}"
    file = place / "planted.py"
    file.write_text(text.replace(stands, plant), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("planted", file)
    made = importlib.util.module_from_spec(spec)
    sys.modules["planted"] = made  # dataclasses look their module up
    try:
        spec.loader.exec_module(made)
    finally:
        del sys.modules["planted"]
    return made


@pytest.mark.parametrize("bug", LEDGER, ids=[bug[0] for bug in LEDGER])
def test_the_model_of_the_ledger_catches(bug, tmp_path, monkeypatch):
    steps = script("steps")
    made = planted(*bug[1:], tmp_path)
    monkeypatch.setattr(steps, "Ledger", made.Ledger)
    monkeypatch.setattr(made, "compiled_pays", lambda rows, many: False)  # the plain way is the one that is broken
    with pytest.raises((AssertionError, IndexError)):
        for seed in range(20):
            books = steps.Books(random.Random(seed))
            for _ in range(150):
                books.step()


def years(*more):
    """Two years of the invented city under the eyes of the auditor."""
    from marketsim.scenario import load
    from marketsim.simulation.years import run_years

    return run_years(load(TWIN, (*SETTINGS, *more)), 3, script("stress").play)


@pytest.mark.parametrize("bug", SETTLEMENT + COMPLIANCE, ids=[bug[0] for bug in SETTLEMENT + COMPLIANCE])
def test_the_auditor_catches(bug, tmp_path, monkeypatch):
    _, module, stands, plant, *more = bug
    made = planted(module, stands, plant, tmp_path)
    if module == "policy.compliance.surrender":
        from marketsim.simulation import right

        plain = right.Law.apply
        monkeypatch.setattr(right.Law, "apply", lambda law, *about: made.apply(made.Parameters(**vars(law.parameters)), *about) if law.rule.room == "compliance" else plain(law, *about))
    else:
        home = importlib.import_module(f"marketsim.{module}")
        for function in vars(made):
            if callable(getattr(made, function)) and getattr(getattr(made, function), "__module__", "") == "planted":
                monkeypatch.setattr(home, function, getattr(made, function))
    with pytest.raises((script("audit").Broken, LedgerError)):
        years(*more)


def test_without_a_bug_nobody_complains():
    summary = {(place, metric): value for place, metric, _, value in years().summary}
    assert summary["990000", "carbon.shortfall"] > 0 and summary["990000", "water.banked"] > 0, "debts, fines and savings all come up"


def test_there_are_enough():
    """Twenty here; 25 more in the matching engine, tests/matching/test_planted.py."""
    assert len(LEDGER) + len(SETTLEMENT) + len(COMPLIANCE) >= 20
