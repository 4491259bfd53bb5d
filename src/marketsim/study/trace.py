"""Who held which units, and when: the journal of a run replayed first-in first-out.

Fungible units have no serial numbers. The replay takes it that what came into an account first leaves it first, and says so
wherever it is shown: a block is what one entry of the journal brought into being, a spell is a part of it in one account.
"""

from collections import deque

import numpy as np
import pandas

from marketsim.domain.accounts import KINDS, MOVES
from marketsim.errors import InputError, printable
from marketsim.simulation.found import kind_of

COLUMNS = ("right", "block", "owner", "amount", "since", "until", "came_from", "went_to", "by")
STILL = -1
"""In `until`: still held when the run ended."""
OWN = frozenset(name for name, move in MOVES.items() if move.same_account)
MONEY = "money"


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
    ended = first_in_first_out(codes[:count].tolist(), codes[count:].tolist(), rows["amount"].tolist(), makes)
    keep = np.flatnonzero(accounts[ended[1]] == owner) if owner else slice(None)
    block, held, amount, since, until = (column[keep] for column in ended)
    number, move = rows["number"].to_numpy(), rows["move"].to_numpy(object)
    stays = until == STILL
    return pandas.DataFrame({
        "right": right, "block": number[block], "owner": accounts[held], "amount": amount, "since": number[since],
        "until": np.where(stays, STILL, number[until]), "came_from": accounts[codes[:count][since]],
        "went_to": np.where(stays, "", accounts[codes[count:][until]]), "by": np.where(stays, "", move[until]),
    }, columns=list(COLUMNS))  # fmt: skip


def first_in_first_out(source: list[int], target: list[int], amount: list[int], makes: list[bool]) -> tuple[np.ndarray, ...]:
    """Spells (block, account, amount, since, until) as int64 columns, `since`, `until` and `block` being places in the three lists.

    An account that `makes` units starts a new block with whatever it gives and does not hold. Spells that did not end come last.
    """
    queues: list[deque] = [deque() for _ in makes]
    ended: list[tuple[int, int, int, int, int]] = []
    for row, (giver, taker, left) in enumerate(zip(source, target, amount, strict=True)):
        queue, into = queues[giver], queues[taker]
        while left:
            if not queue and makes[giver]:
                into.append((left, row, row))
                break
            held, block, since = queue.popleft()
            if held > left:
                queue.appendleft((held - left, block, since))
                held = left
            left -= held
            ended.append((block, giver, held, since, row))
            if into and into[-1][1] == block and into[-1][2] == row:
                into.append((into.pop()[0] + held, block, row))
            else:
                into.append((held, block, row))
    ended += [(block, account, held, since, STILL) for account, queue in enumerate(queues) for held, block, since in queue]
    return tuple(np.array(ended, dtype=np.int64).reshape(-1, 5).T)
