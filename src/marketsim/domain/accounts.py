"""Who can own something: accounts by kind, and the table of moves the ledger allows (default deny).

A holder (firm, government, venue) can never be below zero. A contra account stands for the other side of the world: an
issuer and a treasury may be negative, what is surrendered, cancelled, lost or used never moves again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from marketsim.domain.firms import Firms

AVAILABLE, FROZEN, BOUGHT_TODAY = 0, 1, 2
STATES = ("available", "frozen", "bought_today")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What an account of this kind may do."""

    may_be_negative: bool = False
    absorbing: bool = False


KINDS: dict[str, Kind] = {
    "firm": Kind(),
    "government": Kind(),
    "venue": Kind(),
    "issuer": Kind(may_be_negative=True),
    "treasury": Kind(may_be_negative=True),
    "outside": Kind(may_be_negative=True),
    "surrendered": Kind(absorbing=True),
    "cancelled": Kind(absorbing=True),
    "lost": Kind(absorbing=True),
    "used": Kind(absorbing=True),
}
KIND_NAMES = tuple(KINDS)
HOLDERS = frozenset({"firm", "government", "venue"})
ANYONE_PAYING = HOLDERS | {"treasury", "outside"}


@dataclass(frozen=True, kw_only=True)
class Move:
    """One allowed way for units to change place; `same_account` means only the state changes.

    `while_suspended` moves may leave an account that the authority has suspended: it can still meet its own obligations,
    but nothing of it reaches another holder.
    """

    source: frozenset[str]
    target: frozenset[str]
    source_state: int = AVAILABLE
    target_state: int = AVAILABLE
    same_account: bool = False
    while_suspended: bool = False


def _kinds(*names: str) -> frozenset[str]:
    return frozenset(names)


MOVES: dict[str, Move] = {
    "issue": Move(source=_kinds("issuer"), target=_kinds("firm", "government", "venue")),
    "take_back": Move(source=_kinds("firm", "government", "venue"), target=_kinds("issuer"), while_suspended=True),
    "grant": Move(source=_kinds("government"), target=_kinds("firm")),
    "freeze": Move(source=HOLDERS, target=HOLDERS, target_state=FROZEN, same_account=True),
    "release": Move(source=HOLDERS, target=HOLDERS, source_state=FROZEN, same_account=True, while_suspended=True),
    "deliver": Move(source=HOLDERS, target=HOLDERS, source_state=FROZEN, target_state=BOUGHT_TODAY),
    "pay": Move(source=HOLDERS, target=HOLDERS | {"treasury"}, source_state=FROZEN),
    "mature": Move(source=HOLDERS, target=HOLDERS, source_state=BOUGHT_TODAY, same_account=True, while_suspended=True),
    "transfer": Move(source=ANYONE_PAYING, target=ANYONE_PAYING),
    "surrender": Move(source=_kinds("firm", "government"), target=_kinds("surrendered"), while_suspended=True),
    "cancel": Move(source=HOLDERS, target=_kinds("cancelled"), while_suspended=True),
    "lose": Move(source=HOLDERS, target=_kinds("lost"), while_suspended=True),
    "use": Move(source=HOLDERS, target=_kinds("used"), while_suspended=True),
}
MOVE_NAMES = tuple(MOVES)


@dataclass(frozen=True, kw_only=True, eq=False)
class Keys(Sequence):
    """Names of accounts: first the firms' in the order of their table, made when they are asked for, for they may be many; then the others."""

    firms: Firms
    others: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.firms) + len(self.others)

    def __getitem__(self, place: int) -> str:
        place = range(len(self))[place]
        return self.firms.name(place) if place < len(self.firms) else self.others[place - len(self.firms)]

    def __iter__(self) -> Iterator[str]:
        return chain(self.firms.names(), self.others)

    def index(self, name: str) -> int:
        """Position of a name; firms' names are made only where no other account has it. Raises ValueError when there is none."""
        return len(self.firms) + self.others.index(name) if name in self.others else self.firms.names().index(name)


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The accounts of a run; `key` (accounts,) names and `kind` (accounts,) index into `KIND_NAMES`."""

    key: Sequence[str]
    kind: np.ndarray

    def __len__(self) -> int:
        return len(self.key)

    def index(self, key: str) -> int:
        """Position of an account. Raises ValueError when there is none of that name."""
        return self.key.index(key)


def open_accounts(named: list[tuple[str, str]]) -> Accounts:
    """Accounts from (key, kind) pairs in order. Raises ValueError on a repeated key or an unknown kind."""
    keys = tuple(key for key, _ in named)
    if len(set(keys)) != len(keys):
        raise ValueError("two accounts share a name")
    kinds = np.array([KIND_NAMES.index(kind) for _, kind in named], dtype=np.int64)
    return Accounts(key=keys, kind=kinds)


def with_firms(firms: Firms, others: list[tuple[str, str]]) -> Accounts:
    """Accounts of all firms, then of the others as (key, kind) pairs. Raises ValueError on a repeated key or an unknown kind."""
    rest = open_accounts(others)
    if not firms.names_differ():
        raise ValueError("two accounts share a name")
    kinds = np.concatenate([np.full(len(firms), KIND_NAMES.index("firm"), dtype=np.int64), rest.kind])
    return Accounts(key=Keys(firms=firms, others=tuple(rest.key)), kind=kinds)
