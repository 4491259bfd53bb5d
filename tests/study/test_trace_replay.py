"""Who held which units and when, by hand and against the ledger; and a journal that is posted again ends where the run did."""

import json
import shutil
from collections import deque
from pathlib import Path

import numpy as np
import pandas
import pytest

from marketsim.cli import main
from marketsim.errors import InputError
from marketsim.scenario import load
from marketsim.simulation import run
from marketsim.study import replay, store, stored, trace
from marketsim.study.folder import sealed
from marketsim.study.trace import STILL, spells

DATA = Path(__file__).resolve().parents[1] / "data"
HAND = [  # number, move, source, target, amount
    ("issue", "issuer", "a", 100), ("issue", "issuer", "b", 50), ("freeze", "a", "a", 60), ("deliver", "a", "b", 60), ("mature", "b", "b", 60),
    ("transfer", "b", "c", 70), ("surrender", "c", "surrendered", 55), ("cancel", "a", "cancelled", 40),
]  # fmt: skip


def journal(rows, asset="fish/2020"):
    table = pandas.DataFrame(rows, columns=["move", "source", "target", "amount"])
    return table.assign(number=np.arange(len(table)), tick=np.arange(len(table)) * 32, asset=asset)


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """A result folder of the invented city."""
    place = tmp_path_factory.mktemp("twin")
    assert main(["run", str(DATA / "twin.yaml"), "--out", str(place), "--quiet"]) == 0
    return next(place.iterdir())


def test_first_in_first_out_by_hand():
    told = [tuple(row) for row in spells(journal(HAND))[["block", "owner", "amount", "since", "until", "went_to"]].itertuples(index=False)]
    assert told == [
        (0, "a", 60, 0, 3, "b"),  # a's first hundred: sixty go to b
        (1, "b", 50, 1, 5, "c"),  # b's own fifty came first and leave first
        (0, "b", 20, 3, 5, "c"),
        (1, "c", 50, 5, 6, "surrendered"),
        (0, "c", 5, 5, 6, "surrendered"),
        (0, "a", 40, 0, 7, "cancelled"),
        (0, "b", 40, 3, STILL, ""),
        (0, "c", 15, 5, STILL, ""),
        (1, "surrendered", 50, 6, STILL, ""),
        (0, "surrendered", 5, 6, STILL, ""),
        (0, "cancelled", 40, 7, STILL, ""),
    ]


def by_queues(source, target, amount, makes):
    """The same rule with a queue of (amount, block, since) for each account."""
    queues, told = [deque() for _ in makes], []
    for row, (giver, taker, left) in enumerate(zip(source, target, amount, strict=True)):
        if makes[giver] and not queues[giver]:
            queues[giver].append((left, row, None))
        while left:
            held, block, since = queues[giver].popleft()
            moved = min(held, left)
            if held > moved:
                queues[giver].appendleft((held - moved, block, since))
            elif not queues[giver] and makes[giver] and left > moved:
                queues[giver].append((left - moved, row, None))
            left -= moved
            if since is not None:
                told.append((block, giver, moved, since, row))
            if queues[taker] and queues[taker][-1][1:] == (block, row):
                moved += queues[taker].pop()[0]
            queues[taker].append((moved, block, row))
    return told + [(block, account, held, since, STILL) for account, queue in enumerate(queues) for held, block, since in queue]


@pytest.mark.parametrize("compiled", [False, True])
def test_first_in_first_out_of_many_moves(compiled, monkeypatch):
    monkeypatch.setattr(trace, "compiled_pays", lambda rows, many: compiled)
    chance, held = np.random.default_rng(3), [0] * 6
    moves = []
    for _ in range(3000):
        giver, taker, amount = int(chance.integers(0, 6)), int(chance.integers(0, 6)), int(chance.integers(1, 50))
        if giver < 5:  # the sixth makes what it lacks
            amount = min(amount, held[giver])
        held[giver] = max(0, held[giver] - amount)
        held[taker] += amount
        if amount:
            moves.append((giver, taker, amount))
    columns = [np.array(column) for column in zip(*moves, strict=True)]
    makes = [False] * 5 + [True]
    found = trace.first_in_first_out(*columns, makes)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == by_queues(*(column.tolist() for column in columns), makes)
    with pytest.raises(InputError, match="entry 2 of the right takes from an account what it never had"):
        trace.first_in_first_out(np.array([5, 0]), np.array([0, 1]), np.array([4, 5]), makes)


def test_one_account_one_right_and_names_that_nobody_has():
    two = pandas.concat([journal(HAND), journal(HAND[:1], "sand/2020").assign(number=8)], ignore_index=True)
    assert set(spells(two, owner="b")["owner"]) == {"b"} and len(spells(two, "sand")) == 1 and len(spells(two, "sand/2020", "a")) == 1
    with pytest.raises(InputError, match="no right “fsh”; did you mean fish/2020"):
        spells(two, "fsh")
    with pytest.raises(InputError, match="no account “zzz”; there are a, b, c"):
        spells(two, owner="zzz")
    years = pandas.concat([journal(HAND[:1]), journal(HAND[:1], "fish/2021")], ignore_index=True)
    with pytest.raises(InputError, match="fish/2020 or fish/2021"):
        spells(years, "fish")


def test_what_is_still_held_is_what_the_ledger_says(twin):
    result = stored.load(twin)
    ledger, held = replay.replay(result.journal), spells(result.journal)
    held = held[held["until"] == STILL]
    assert set(held["right"]) >= {"carbon/2020", "water/2020"}
    for right, rows in held.groupby("right"):
        balance = ledger.held(ledger.asset(right))
        owned = rows.groupby("owner")["amount"].sum()
        assert {name: amount for name, amount in zip(ledger.accounts.key, balance.tolist(), strict=True) if amount > 0} == owned.to_dict()
    everything = spells(result.journal)
    given = everything[everything["until"] != STILL].groupby("until")["amount"].sum()
    moved = result.journal.set_index("number")["amount"]
    assert (given == moved[given.index]).all(), "every entry moved exactly the spells that it ended"


def test_the_journal_posted_again_reaches_the_same_end_state():
    scenario = load(DATA / "twin.yaml")
    outcome = run(scenario, 5)
    summary = store.summary_table(outcome.summary, option="base", future="base", seed=5)
    assert replay.differences(summary, outcome.journal) == []
    assert replay.replay(outcome.journal.iloc[:0]).balance.size == 0


def test_several_years_replay_too():
    scenario = load(DATA / "twin.yaml", ("years=2", "power=null", "targets=null"))
    outcome = run(scenario, 5)
    summary = store.summary_table(outcome.summary, option="base", future="base", seed=5)
    assert replay.differences(summary, outcome.journal) == []
    short = outcome.journal[outcome.journal["move"] != "surrender"]
    assert any("/2021" in line for line in replay.differences(summary, short))


@pytest.mark.parametrize("how", ["amount", "lost", "doubled", "move", "to the dead", "overdrawn"])
def test_a_journal_that_is_not_the_run_s_is_told(twin, how):
    result = stored.load(twin)
    table = result.journal.copy()
    at = int(np.flatnonzero((table["move"] == "surrender"))[0])
    if how == "amount":
        table.loc[at, "amount"] += 1
    elif how == "lost":
        table = table.drop(index=at)
    elif how == "doubled":
        table = pandas.concat([table, table.iloc[[at]]])
    elif how == "move":
        table.loc[at, "move"] = "conjure"
    elif how == "to the dead":
        table.loc[at, ["source", "target"]] = ["surrendered", table["source"][at]]
    else:
        table.loc[at, "amount"] = 10**17
    told = replay.differences(result.summary, table)
    assert told and all("journal" in line for line in told)


def test_verify_replays(twin, tmp_path):
    """Summary, hashes and digest forged together: the journal still tells."""
    forged = tmp_path / twin.name
    shutil.copytree(twin, forged)
    table = store.read_summary(forged / "summary.csv")
    row = table.index[(table["metric"] == "reconcile.carbon/2020.surrendered")][0]
    table.loc[row, "value"] += 1
    (forged / "summary.csv").write_text(store.csv_text(table), encoding="utf-8", newline="\n")
    contents = json.loads((forged / "manifest.json").read_text(encoding="utf-8"))
    contents["files"]["summary.csv"]["sha256"] = stored.sha256(forged / "summary.csv")
    contents["digest"] = store.digest(table, store.read_parquet(forged / "journal.parquet"))
    (forged / "manifest.json").write_bytes(sealed(contents))
    assert stored.verify(twin) == []
    wrong = stored.verify(forged)
    assert len(wrong) == 1 and "carbon/2020 with surrendered" in wrong[0]


def test_the_command(twin, capsys):
    assert main(["trace", str(twin)]) == 0
    assert "carbon/2020: " in capsys.readouterr().out
    assert main(["trace", str(twin), "--owner", "reserve/carbon", "--right", "carbon", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "marketsim.trace/1" and {row["owner"] for row in told["spells"]} == {"reserve/carbon"}
    assert all(row["since"].startswith("202") for row in told["spells"])
    assert main(["trace", str(twin), "--owner", "reserve/carbon", "--lang", "zh"]) == 0
    assert "批次" in capsys.readouterr().out
    assert main(["trace", str(twin), "--owner", "reserve/carbn"]) == 2
    assert "did you mean reserve/carbon" in capsys.readouterr().err
