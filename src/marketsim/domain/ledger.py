"""The double-entry ledger: the only place where ownership changes, in integers, all or nothing.

An entry moves a positive amount of one asset from one account (and state) to another, so every asset always sums to zero
over all accounts. A batch is checked whole and then posted whole; its entries stand in the journal for good.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.accounts import HOLDERS, KIND_NAMES, KINDS, MOVE_NAMES, MOVES, STATES, Accounts
from marketsim.domain.journal import Journal
from marketsim.errors import LedgerError
from marketsim.matching.day import compiled_pays

MONEY = 0
"""The row of money in every ledger."""
MANY = 20_000
"""Entries from which posting in a compiled pass is worth its start."""
LIMIT = 2**62
"""Largest balance or amount: two of them add without overflow in int64."""


@dataclass(frozen=True, kw_only=True)
class Entries:
    """What a phase wants posted, one row an entry; shapes (entries,).

    `move` (int8) indexes `MOVE_NAMES`, `asset` (int8) the ledger's assets, `source` and `target` (int32) its accounts, `amount`
    (int64) is in base units: 18 bytes an entry, for they all stay. Wider integers are taken too.
    """

    move: np.ndarray
    asset: np.ndarray
    source: np.ndarray
    target: np.ndarray
    amount: np.ndarray

    def __len__(self) -> int:
        return len(self.move)


COLUMNS = {"move": np.int8, "asset": np.int8, "source": np.int32, "target": np.int32, "amount": np.int64}
NOTHING = Entries(**{name: np.zeros(0, dtype) for name, dtype in COLUMNS.items()})


def entries(move: str, asset: int, source, target, amount) -> Entries:
    """Entries of one move and one asset from scalars or arrays; rows with amount 0 are left out."""
    source, target, amount = np.asarray(source), np.asarray(target), np.asarray(amount, dtype=np.int64)
    if amount.ndim == 0:
        amount = np.full(np.broadcast_shapes((1,), source.shape, target.shape), amount)
    kept = amount.nonzero()[0]
    n = len(kept)
    return Entries(
        move=np.full(n, MOVE_NAMES.index(move), dtype=np.int8), asset=np.full(n, asset, dtype=np.int8),
        source=_picked(source, kept, len(amount)), target=_picked(target, kept, len(amount)), amount=amount[kept],
    )  # fmt: skip


def _picked(accounts: np.ndarray, kept: np.ndarray, rows: int) -> np.ndarray:
    if accounts.size == 1:
        return np.full(len(kept), accounts.item(), dtype=np.int32)
    if accounts.shape != (rows,):
        raise ValueError(f"{accounts.size} accounts for {rows} amounts")
    return accounts[kept].astype(np.int32)


def moves(*rows: tuple[str, int, np.ndarray, np.ndarray, np.ndarray]) -> Entries:
    """`together(entries(*row), ...)` of rows that are all columns, built in one go: a day of few firms is made of little else."""
    counts = [len(row[4]) for row in rows]
    amount = np.concatenate([row[4] for row in rows])
    kept = amount.nonzero()[0]
    source, target = (np.concatenate([row[side] for row in rows])[kept].astype(np.int32) for side in (2, 3))
    move, asset = np.array([[MOVE_NAMES.index(row[0]) for row in rows], [row[1] for row in rows]], dtype=np.int8).repeat(counts, axis=1)[:, kept]
    return Entries(move=move, asset=asset, source=source, target=target, amount=amount[kept])


def together(*batches: Entries) -> Entries:
    """Several batches as one, in order: they are posted or refused together."""
    filled = [batch for batch in batches if len(batch)]
    if len(filled) < 2:
        return filled[0] if filled else NOTHING
    return Entries(**{name: np.concatenate([getattr(batch, name) for batch in filled]) for name in COLUMNS})


class Ledger:
    """Balances (assets, accounts, states) in base units, and the journal that led to them."""

    def __init__(self, assets: tuple[str, ...], accounts: Accounts):
        self.assets = assets
        self.accounts = accounts
        self.balance = np.zeros((len(assets), len(accounts), len(STATES)), dtype=np.int64)
        self.journal = Journal()
        table = [MOVES[name] for name in MOVE_NAMES]
        self._kind = accounts.kind.astype(np.int8)
        self._may_leave = np.array([[kind in move.source for kind in KIND_NAMES] for move in table])
        self._may_enter = np.array([[kind in move.target for kind in KIND_NAMES] for move in table])
        self._source_state = np.array([move.source_state for move in table])
        self._target_state = np.array([move.target_state for move in table])
        self._same = np.array([move.same_account for move in table])
        self.suspended = np.zeros((len(assets), len(accounts)), dtype=bool)
        self.suspensions: list[tuple[int, int, int, bool]] = []
        self._while_suspended = np.array([move.while_suspended for move in table])
        self._may_be_negative = np.array([KINDS[kind].may_be_negative for kind in KIND_NAMES])

    def asset(self, key: str) -> int:
        """Index of an asset. Raises ValueError when there is none of that name."""
        return self.assets.index(key)

    def held(self, asset: int) -> np.ndarray:
        """What each account owns of an asset in any state. Shape (accounts,), base units."""
        return self.balance[asset].sum(axis=1)

    def available(self, asset: int) -> np.ndarray:
        """What each account may dispose of now. Shape (accounts,), base units."""
        return self.balance[asset, :, 0]

    def post(self, tick: int, batch: Entries) -> None:
        """Post a batch whole, or refuse it whole. Raises LedgerError naming the first entry that may not be."""
        if len(batch) == 0:
            return
        if compiled_pays(len(batch), MANY) and self._post_compiled(batch):
            self.journal.append((tick, batch))
            return
        self._check_moves(batch)  # the plain way, which also says what is wrong
        flat, shape = self.balance.reshape(-1), self.balance.shape
        source = np.ravel_multi_index((batch.asset, batch.source, self._source_state[batch.move]), shape)
        target = np.ravel_multi_index((batch.asset, batch.target, self._target_state[batch.move]), shape)
        np.subtract.at(flat, source, batch.amount)
        np.add.at(flat, target, batch.amount)
        try:
            self._check_balances(np.concatenate([source, target]), batch)
        except LedgerError:
            np.add.at(flat, source, batch.amount)
            np.subtract.at(flat, target, batch.amount)
            raise
        self.journal.append((tick, batch))

    def _post_compiled(self, batch: Entries) -> bool:
        """Post in one compiled pass; False, and nothing changed, where something is wrong."""
        from marketsim.domain.ledger_kernel import post_batch

        columns = tuple(np.ascontiguousarray(getattr(batch, name), dtype=dtype) for name, dtype in COLUMNS.items())
        rules = (self._may_leave, self._may_enter, self._source_state, self._target_state, self._same, self._while_suspended)
        return post_batch(self.balance, columns, rules, (self._kind, self._may_be_negative, self.suspended))

    def suspend(self, tick: int, asset: int, account: int, *, lift: bool = False) -> None:
        """Stop an asset of an account from reaching anybody else, or lift that; each order stands in `suspensions`.

        Raises LedgerError where the account is no holder's: contra accounts are the authority's own books.
        """
        if KIND_NAMES[self.accounts.kind[account]] not in HOLDERS:
            raise LedgerError(f"{self.accounts.key[account]} cannot be suspended: it is no holder's account")
        self.suspended[asset, account] = not lift
        self.suspensions.append((tick, asset, account, not lift))

    def recount(self) -> np.ndarray:
        """Balances summed again from the journal alone, by account and state. Shape of `balance`."""
        again = np.zeros_like(self.balance)
        for _, batch in self.journal:
            np.subtract.at(again, (batch.asset, batch.source, self._source_state[batch.move]), batch.amount)
            np.add.at(again, (batch.asset, batch.target, self._target_state[batch.move]), batch.amount)
        return again

    def _check_moves(self, batch: Entries) -> None:
        bad = batch.amount <= 0
        bad |= ~self._may_leave[batch.move, self._kind[batch.source]]
        bad |= ~self._may_enter[batch.move, self._kind[batch.target]]
        bad |= self._same[batch.move] & (batch.source != batch.target)
        if bad.any():
            self._refuse(batch, int(np.flatnonzero(bad)[0]), "this move is not in the table of allowed moves")
        held_up = self.suspended[batch.asset, batch.source] & ~self._while_suspended[batch.move]
        if held_up.any():
            self._refuse(batch, int(np.flatnonzero(held_up)[0]), "the account is suspended")
        # one batch can name an account many times: its exact total must stay clear of int64 as well
        if len(batch) * int(batch.amount.max()) >= LIMIT and sum(map(int, batch.amount)) >= LIMIT:
            self._refuse(batch, int(batch.amount.argmax()), "the batch moves more than an int64 can count")

    def _check_balances(self, touched: np.ndarray, batch: Entries) -> None:
        """Look at the cells a batch touched and no others: what it did not touch was right before."""
        after = self.balance.reshape(-1)[touched]
        _, accounts, states = self.balance.shape
        below = touched[(after < 0) & ~self._may_be_negative[self._kind[touched // states % accounts]]]
        if len(below):
            asset, account, _ = (int(i) for i in np.unravel_index(int(below.min()), self.balance.shape))
            row = np.flatnonzero((batch.asset == asset) & (batch.source == account))[0]
            self._refuse(batch, int(row), "the account would fall below zero")
        if (np.abs(after) >= LIMIT).any():
            self._refuse(batch, 0, "a balance outgrew int64")

    def _refuse(self, batch: Entries, row: int, why: str) -> None:
        move, asset = MOVE_NAMES[batch.move[row]], self.assets[batch.asset[row]]
        source, target = self.accounts.key[batch.source[row]], self.accounts.key[batch.target[row]]
        raise LedgerError(f"{move} of {batch.amount[row]} {asset} from {source} to {target}: {why}")
