"""Who pays whom how much and why, as columns; every set of payments sums to zero by its form."""

from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import total

TREASURY = -1


@dataclass(frozen=True, kw_only=True)
class Payments:
    """Columns, `(payments,)` int64: `payer` and `payee` (index of a party, TREASURY for the city), `fen` > 0;
    `reason`: one word for all of them; `invested_fen`: the part the payee must invest in its own growth."""

    payer: np.ndarray
    payee: np.ndarray
    fen: np.ndarray
    reason: str
    invested_fen: np.ndarray

    def net_fen(self, parties: int) -> np.ndarray:
        """Return what each party wins or loses, `(parties + 1,)` int64, the treasury last; adds up to zero."""
        net = np.zeros(parties + 1, np.int64)
        np.subtract.at(net, self.payer, self.fen)
        np.add.at(net, self.payee, self.fen)
        return net


def payments(payer, payee, fen, reason: str, invested_fen=None) -> Payments:
    """Make payments of those rows whose amount is not zero."""
    fen = np.asarray(fen, np.int64)
    payer, payee = (np.broadcast_to(np.asarray(one, np.int64), fen.shape) for one in (payer, payee))
    invested = np.zeros(len(fen), np.int64) if invested_fen is None else np.asarray(invested_fen, np.int64)
    keep = fen != 0
    return Payments(
        payer=payer[keep], payee=payee[keep], fen=fen[keep], reason=reason, invested_fen=invested[keep]
    )


def through_treasury(net_fen: np.ndarray, reason: str) -> Payments:
    """Make payments out of what each party wins (above zero) or loses: losers pay the treasury, which pays
    the winners.

    Shapes: `(parties,)` int64. Raises: ValueError when gains and losses do not cancel.
    """
    if total(net_fen):
        raise ValueError(f"a transfer must sum to zero, this one to {total(net_fen)} fen")
    party = np.arange(len(net_fen))
    order = np.argsort(net_fen > 0, kind="stable")  # first everybody pays in, then it is paid out
    net, party = net_fen[order], party[order]
    return payments(np.where(net < 0, party, TREASURY), np.where(net < 0, TREASURY, party), abs(net), reason)
