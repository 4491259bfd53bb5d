"""Who held which units, and when: the journal of a run replayed first-in first-out.

Fungible units have no serial numbers. The replay takes it that what came into an account first leaves it first, and says so
wherever it is shown: a block is what one entry of the journal brought into being, a spell is a part of it in one account.
"""

import numpy as np
import pandas

from marketsim.domain.accounts import KINDS, MOVES
from marketsim.errors import InputError, printable
from marketsim.matching.day import compiled_pays
from marketsim.simulation.found import kind_of

COLUMNS = ("right", "block", "owner", "amount", "since", "until", "came_from", "went_to", "by")
STILL = -1
"""In `until`: still held when the run ended."""
OWN = frozenset(name for name, move in MOVES.items() if move.same_account)
MONEY = "money"
MANY = 100_000
"""Entries from which the compiled walk is worth its start."""


def spells(journal: pandas.DataFrame, right: str | None = None, owner: str | None = None) -> pandas.DataFrame:
    """Every spell of the rights in a journal (or of one right, in one account), in the order in which they ended.

    `block`, `since` and `until` are numbers of journal entries, `until` -1 where the units stay; `came_from` and `went_to` are accounts
    and `by` is the move that ended the spell. Raises InputError for a right or an owner that the journal does not know.
    """
    assets = [name for name in pandas.unique(journal["asset"]) if name != MONEY]
    chosen = [_known(right, assets, "right")] if right else assets
    if owner:
        _known(owner, sorted(set(journal["source"]) | set(journal["target"])), "account")
    found = [_replay(journal[(journal["asset"] == name) & ~journal["move"].isin(OWN)], name, owner) for name in chosen]
    return pandas.concat(found, ignore_index=True) if found else pandas.DataFrame(columns=list(COLUMNS))


def _known(word: str, names: list[str], kind: str) -> str:
    """The name itself; a right may be named without its year. Raises InputError with the nearest name."""
    import difflib

    if word in names:
        return word
    alike = [name for name in names if name.partition("/")[0] == word]
    if len(alike) == 1:
        return alike[0]
    near = alike or difflib.get_close_matches(word, names, n=3)
    near = near or [name for name in names if difflib.get_close_matches(word, [name.partition("/")[0]])]
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names[:8])}{', …' if len(names) > 8 else ''}"
    raise InputError(f"the journal knows no {kind} “{printable(word)}”; {hint}")


def _replay(rows: pandas.DataFrame, right: str, owner: str | None) -> pandas.DataFrame:
    """The spells of one right; `rows` are its entries that change the account."""
    codes, accounts = pandas.factorize(np.concatenate([rows["source"].to_numpy(object), rows["target"].to_numpy(object)]))
    count = len(rows)
    makes = [KINDS[kind_of(name)].may_be_negative for name in accounts]
    ended = first_in_first_out(codes[:count], codes[count:], rows["amount"].to_numpy(), makes)
    keep = np.flatnonzero(accounts[ended[1]] == owner) if owner else slice(None)
    block, held, amount, since, until = (column[keep] for column in ended)
    number, stays = rows["number"].to_numpy(), until == STILL
    by, moves = pandas.factorize(rows["move"].to_numpy(object))
    names, words = np.append(accounts, ""), np.append(moves, "")  # the last is for what stays
    return pandas.DataFrame({
        "right": right, "block": number[block], "owner": names[held], "amount": amount, "since": number[since],
        "until": np.where(stays, STILL, number[until]), "came_from": names[codes[:count][since]],
        "went_to": names[np.where(stays, -1, codes[count:][until])], "by": words[np.where(stays, -1, by[until])],
    }, columns=list(COLUMNS), copy=False)  # fmt: skip


def first_in_first_out(source: np.ndarray, target: np.ndarray, amount: np.ndarray, makes: list[bool]) -> tuple[np.ndarray, ...]:
    """Spells (block, account, amount, since, until) as int64 columns, `since`, `until` and `block` being places in the three columns.

    An account that `makes` units starts a new block with whatever it gives and does not hold. Spells that did not end come last.
    Raises InputError where an account gives what it never had.
    """
    rows = len(amount)
    if compiled_pays(rows, MANY):
        from marketsim.matching.compiled import kernel

        follow, columns = kernel(walk), tuple(np.asarray(column, np.int64) for column in (source, target, amount, makes))
        fresh = lambda: (np.full((2, len(makes)), -1), np.full((4, rows + 1), -1))  # noqa: E731
    else:
        follow, columns = walk, (source.tolist(), target.tolist(), amount.tolist(), makes)
        fresh = lambda: ([[-1] * len(makes), [-1] * len(makes)], [[-1] * (rows + 1) for _ in range(4)])  # noqa: E731
    spelt = np.empty((5, 0), np.int64)
    while (count := follow(columns, *fresh(), spelt)) > spelt.shape[1]:  # counts first
        spelt = np.empty((5, count), np.int64)
    if count < 0:
        raise InputError(f"entry {-count} of the right takes from an account what it never had: the journal is not whole")
    return tuple(spelt)


def walk(columns, queues, pieces, spelt):
    """Write the spells to `spelt` (5, spells) as far as it reaches; returns how many there are, −n where entry n is not covered.

    `queues` = first and last piece of each account, `pieces` = amount, block, since, next of each piece. An entry splits one piece at
    most, so there are never more pieces than entries; what is given up is used again. Python reads lists, numba arrays.
    """
    source, target, amount, makes = columns
    (first, last), (held, block, since, after) = queues, pieces
    count, used, free = 0, 0, -1
    for row in range(len(amount)):
        giver, taker, left = source[row], target[row], amount[row]
        while left > 0:
            piece = first[giver]
            if piece < 0:
                if not makes[giver]:
                    return -(row + 1)
                moved, origin = left, row
            else:
                moved, origin = min(left, held[piece]), block[piece]
                if count < spelt.shape[1]:
                    spelt[0, count], spelt[1, count], spelt[2, count], spelt[3, count], spelt[4, count] = origin, giver, moved, since[piece], row
                count += 1
                held[piece] -= moved
                if held[piece] == 0:
                    first[giver], after[piece], free = after[piece], free, piece
            left -= moved
            end = last[taker]
            if first[taker] >= 0 and block[end] == origin and since[end] == row:
                held[end] += moved
                continue
            new = free
            if new < 0:
                new, used = used, used + 1
            else:
                free = after[new]
            held[new], block[new], since[new], after[new] = moved, origin, row, -1
            if first[taker] < 0:
                first[taker] = new
            else:
                after[end] = new
            last[taker] = new
    for account in range(len(makes)):
        piece = first[account]
        while piece >= 0:
            if count < spelt.shape[1]:
                spelt[0, count], spelt[1, count], spelt[2, count], spelt[3, count], spelt[4, count] = block[piece], account, held[piece], since[piece], STILL
            count += 1
            piece = after[piece]
    return count
