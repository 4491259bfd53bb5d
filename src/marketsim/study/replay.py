"""The journal of a run posted once more, entry by entry, to a fresh ledger: it must reach the end state the summary reports."""

import numpy as np
import pandas

from marketsim.domain.accounts import KIND_NAMES, MOVE_NAMES, open_accounts
from marketsim.domain.ledger import Entries, Ledger
from marketsim.errors import LedgerError
from marketsim.simulation.found import kind_of

RECONCILED = "reconcile."


def replay(journal: pandas.DataFrame) -> Ledger:
    """A ledger at the end of the journal; what falls on one tick is posted together.

    Raises LedgerError where an entry may not be, or an account would fall below zero.
    """
    source, target = journal["source"].to_numpy(object), journal["target"].to_numpy(object)
    codes, names = pandas.factorize(np.concatenate([source, target]))
    asset, assets = pandas.factorize(journal["asset"].to_numpy(object))
    ledger = Ledger(tuple(assets), open_accounts([(name, kind_of(name)) for name in names]))
    move = pandas.Index(MOVE_NAMES).get_indexer(journal["move"])
    unknown = np.flatnonzero(move < 0)
    if len(unknown):
        raise LedgerError(f"entry {journal['number'].iloc[unknown[0]]}: there is no move {journal['move'].iloc[unknown[0]]!r}")
    tick = journal["tick"].to_numpy()
    columns = (move, asset, codes[:len(journal)], codes[len(journal):], journal["amount"].to_numpy())
    columns = [column.astype(np.int64) for column in columns]
    edges = np.flatnonzero(np.diff(tick)) + 1
    for first, last in zip([0, *edges], [*edges, len(journal)], strict=True):
        if first < last:
            rows = (column[first:last] for column in columns)
            ledger.post(int(tick[first]), Entries(**dict(zip(("move", "asset", "source", "target", "amount"), rows, strict=True))))
    return ledger


def differences(summary: pandas.DataFrame, journal: pandas.DataFrame) -> list[str]:
    """Where the journal, replayed, does not reach the balances by kind of account that the summary reports; empty when it does.

    Of a run of several years the summary reports the last, so only assets that belong to one year are compared.
    """
    shown = summary[summary["metric"].str.startswith(RECONCILED)]
    try:
        ledger = replay(journal)
    except LedgerError as error:
        return [f"the journal cannot be replayed: {error}"]
    many_years = any(metric[:4].isdigit() for metric in summary["metric"])
    wrong = []
    for metric, value in zip(shown["metric"], shown["value"], strict=True):
        name, _, kind = metric.removeprefix(RECONCILED).rpartition(".")
        if many_years and "/" not in name:
            continue
        reached = 0
        if name in ledger.assets:
            reached = int(ledger.held(ledger.asset(name))[ledger.accounts.kind == KIND_NAMES.index(kind)].sum())
        if reached != value:
            wrong.append(f"the journal, replayed, leaves {reached} of {name} with {kind}; the summary says {value}")
    return wrong
