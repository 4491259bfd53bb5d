"""Random steps over a ledger and a store of runs, every invariant checked after every step against a model too simple to be wrong.

    python benchmarks/steps.py [--steps 200000] [--seed 1] [--record]

The ledger's model is a dictionary of Python integers and one list of what was posted; the store's is a dictionary from run to
outcome. A step posts, refuses, suspends, checkpoints; or commits, commits again, damages, tears, cleans or joins parts.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from marketsim.domain.accounts import KINDS, MOVE_NAMES, MOVES, open_accounts
from marketsim.domain.ledger import Ledger, entries, together
from marketsim.errors import LedgerError
from marketsim.study import parts

ACCOUNTS = [("a", "firm"), ("b", "firm"), ("c", "firm"), ("g", "government"), ("v", "venue")]
ACCOUNTS += [(kind, kind) for kind in KINDS if kind not in ("firm", "government", "venue")]
ASSETS = ("money", "right", "water")


class Books:
    """A ledger beside its model; `step` does one thing to both and compares all there is."""

    def __init__(self, luck: random.Random):
        self.luck = luck
        self.ledger = Ledger(ASSETS, open_accounts(ACCOUNTS))
        self.model: dict[tuple[int, int, int], int] = {}
        self.posted: list[tuple[int, int, int, int, int]] = []
        self.suspended: set[tuple[int, int]] = set()
        self.refused = 0

    def step(self) -> None:
        """Post a batch of one to four entries (most of them allowed moves), or suspend an account, or lift that."""
        if self.luck.random() < 0.05:
            return self._suspend()
        rows = [self._row() for _ in range(self.luck.choice((1, 1, 1, 2, 4)))]
        batch = together(*(entries(MOVE_NAMES[move], asset, source, target, amount) for move, asset, source, target, amount in rows))
        rows = [row for row in rows if row[4] != 0]
        after = self._after(rows)
        try:
            self.ledger.post(len(self.posted), batch)
            assert after is not None, f"posted what may not be: {rows}"
            self.model = after
            self.posted += rows
        except LedgerError:
            assert after is None, f"refused what may be: {rows}"
            self.refused += 1
        self._same()

    def _row(self) -> tuple[int, int, int, int, int]:
        luck, asset = self.luck, self.luck.randrange(len(ASSETS))
        move = luck.randrange(len(MOVE_NAMES))
        rule = MOVES[MOVE_NAMES[move]]
        if luck.random() < 0.9:  # mostly what the table allows
            sources = [place for place, (_, kind) in enumerate(ACCOUNTS) if kind in rule.source]
            rich = [place for place in sources if self.model.get((asset, place, rule.source_state), 0) > 0]
            source = luck.choice(rich if rich and luck.random() < 0.8 else sources)
            target = source if rule.same_account else luck.choice([place for place, (_, kind) in enumerate(ACCOUNTS) if kind in rule.target])
        else:
            source, target = luck.randrange(len(ACCOUNTS)), luck.randrange(len(ACCOUNTS))
        held = self.model.get((asset, source, rule.source_state), 0)
        if luck.random() < 0.8:
            amount = luck.randint(1, max(held, 1)) if held >= 0 and luck.random() < 0.7 else luck.randint(1, 10**6)
        else:
            amount = luck.choice((held, held + 1, -1, 0, 2**61, 2**62, 2**40))
        return move, asset, source, target, amount

    def _after(self, rows: list[tuple]) -> dict | None:
        """The model after the rows, None where they may not be posted."""
        after = dict(self.model)
        for move, asset, source, target, amount in rows:
            rule, kinds = MOVES[MOVE_NAMES[move]], (ACCOUNTS[source][1], ACCOUNTS[target][1])
            if amount < 0 or amount >= 2**62 or kinds[0] not in rule.source or kinds[1] not in rule.target:
                return None
            if (rule.same_account and source != target) or ((asset, source) in self.suspended and not rule.while_suspended):
                return None
            before, behind = (asset, source, rule.source_state), (asset, target, rule.target_state)
            after[before] = after.get(before, 0) - amount
            after[behind] = after.get(behind, 0) + amount
        if sum(row[4] for row in rows) >= 2**62:
            return None
        for (_, account, _), amount in after.items():
            if abs(amount) >= 2**62 or (amount < 0 and not KINDS[ACCOUNTS[account][1]].may_be_negative):
                return None
        return after

    def _suspend(self) -> None:
        asset, account, lift = self.luck.randrange(len(ASSETS)), self.luck.randrange(len(ACCOUNTS)), self.luck.random() < 0.7
        try:
            self.ledger.suspend(len(self.posted), asset, account, lift=lift)
            assert ACCOUNTS[account][1] in ("firm", "government", "venue")
            (self.suspended.discard if lift else self.suspended.add)((asset, account))
        except LedgerError:
            assert ACCOUNTS[account][1] not in ("firm", "government", "venue")
        self._same()

    def _same(self) -> None:
        """Every invariant: balances are the model's, sum to zero, are not negative, and the journal is what was posted."""
        balance = self.ledger.balance
        assert {tuple(map(int, cell)): int(balance[tuple(cell)]) for cell in np.argwhere(balance)} == {k: v for k, v in self.model.items() if v}
        assert not balance.sum(axis=(1, 2)).any()
        assert {(int(asset), int(account)) for asset, account in np.argwhere(self.ledger.suspended)} == self.suspended
        assert sum(len(batch) for _, batch in self.ledger.journal) == len(self.posted)
        if len(self.posted) % 20 == 0:
            assert (self.ledger.recount() == balance).all()
            told = [row for _, b in self.ledger.journal for row in zip(*(getattr(b, n).tolist() for n in ("move", "asset", "source", "target", "amount")), strict=True)]
            assert told == self.posted


class Store:
    """A folder of parts beside its model, a dictionary from run to the best it came to."""

    def __init__(self, luck: random.Random, folder: Path):
        self.luck, self.folder = luck, folder
        self.made: dict[str, list[str]] = {}
        self.outcomes: dict[str, str] = {}

    def step(self) -> None:
        """Commit new runs, damage or tear a part, clean up, or join parts."""
        self.luck.choice((self._commit, self._commit, self._again, self._damage, self._torn, self._join))()
        table = parts.runs(self.folder)
        assert dict(zip(table["run"], table["status"], strict=True)) == self.outcomes, "a run is lost, doubled or not what it came to"
        assert {part.name for part in parts.listed(self.folder)} == set(self.made) and all(map(parts.sound, parts.listed(self.folder)))

    def _commit(self) -> None:
        runs = sorted({f"run{self.luck.randrange(60)}" for _ in range(self.luck.randint(1, 4))})
        made = [self._outcome(run) for run in runs]
        self.made[parts.commit(self.folder, made)] = [(one.run, one.status) for one in made]
        self._recount()

    def _outcome(self, run: str) -> parts.Outcome:
        status = self.luck.choice((parts.DONE, parts.DONE, parts.FAILED, parts.CRASHED, parts.LATE))
        summary = [("1", "m", "kg", self.luck.randrange(10**6))] if status == parts.DONE else []
        return parts.Outcome(run=run, status=status, reason="" if summary else "x", digest="d", summary=summary)

    def _again(self) -> None:
        if self.made:
            part = self.folder / parts.PARTS / self.luck.choice(sorted(self.made))
            assert parts.commit_bytes(self.folder, {file.name: file.read_bytes() for file in part.iterdir()}) == part.name

    def _damage(self) -> None:
        if not self.made:
            return
        name = self.luck.choice(sorted(self.made))
        file = self.luck.choice(sorted((self.folder / parts.PARTS / name).iterdir()))
        data = bytearray(file.read_bytes())
        if self.luck.random() < 0.3:
            del data[self.luck.randrange(len(data)):]
        else:
            data[self.luck.randrange(len(data))] ^= 1 << self.luck.randrange(8)
        file.write_bytes(bytes(data))
        assert parts.clean(self.folder) == [name], "the damaged part is named, and no other"
        del self.made[name]
        self._recount()

    def _torn(self) -> None:
        torn = self.folder / parts.PARTS / f".making-{self.luck.randrange(99)}"
        torn.mkdir(parents=True, exist_ok=True)
        (torn / "runs.parquet").write_bytes(os.urandom(20))
        assert parts.clean(self.folder) == [] and not torn.exists()

    def _join(self) -> None:
        kept = {run: status for run, status in self.outcomes.items()}
        parts.compact(self.folder, at_once=self.luck.randint(2, 12))
        self.made = {}
        for part in parts.listed(self.folder):
            rows = parts.connection().execute("SELECT run, status FROM read_parquet(?)", [str(part / "runs.parquet")]).fetchall()
            self.made[part.name] = rows
        self._recount()
        assert self.outcomes == kept

    def _recount(self) -> None:
        rank = {parts.DONE: 0, parts.FAILED: 1}
        self.outcomes = {}
        for name in sorted(self.made):
            for run, status in self.made[name]:
                if run not in self.outcomes or (rank.get(status, 2), status) < (rank.get(self.outcomes[run], 2), self.outcomes[run]):
                    self.outcomes[run] = status


def walk(steps: int, seed: int, store_share: int = 40) -> dict[str, int]:
    """`steps` in all, one in `store_share` of them over a store; a fresh start every few hundred. Raises AssertionError."""
    luck = random.Random(seed)
    done = {"ledger": 0, "store": 0}
    refused = 0
    while done["store"] < steps // store_share:
        with tempfile.TemporaryDirectory() as place:
            store = Store(luck, Path(place))
            for _ in range(min(25, steps // store_share - done["store"])):
                store.step()
                done["store"] += 1
    while done["ledger"] < steps - done["store"]:
        books = Books(luck)
        for _ in range(min(200, steps - done["store"] - done["ledger"])):
            books.step()
            done["ledger"] += 1
        refused += books.refused
    assert refused < 0.85 * done["ledger"], "a walk of refusals shows little"
    return done


def main() -> int:
    """Walk, and say how far."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    begun = time.process_time()
    done = walk(chosen.steps, chosen.seed)
    seconds = time.process_time() - begun
    print(json.dumps({"steps": done, "wrong": 0, "cpu_seconds": round(seconds, 1)}))
    if chosen.record:
        from recorded import keep

        keep("steps", figure=sum(done.values()), wrong=0, seconds=seconds, command=f"python benchmarks/steps.py --steps {chosen.steps}", found=done)
    return 0


if __name__ == "__main__":
    sys.exit(main())
