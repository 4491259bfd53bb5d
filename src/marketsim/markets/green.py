"""Green delivery and certificates: settled at the least of generation, use and contract; one certificate a MWh, used once.

Contracts are settled in their order of rank (inter-provincial before local), then pro rata by contract; nothing rolls over to the
next month. A certificate belongs to whoever holds it until it is retired for one purpose. Of certificates bought apart from delivery
across provinces at most half of the saving a province needs may count.
Source: Tianjin's green power plan 2023 (settlement order); 发改环资〔2024〕113号 (50 % rule, no double deduction).
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.sharing import share_out

KWH_PER_CERTIFICATE = 1000


@dataclass(frozen=True, kw_only=True)
class GreenContracts:
    """Contracts of one month, (contracts,) int64: row of the `plant`, row of the `user`, `kwh`, `rank` (lower settles first)."""

    plant: np.ndarray
    user: np.ndarray
    kwh: np.ndarray
    rank: np.ndarray


def settle_green(contracts: GreenContracts, generation_kwh: np.ndarray, use_kwh: np.ndarray) -> np.ndarray:
    """Settled kWh of each contract (contracts,): never more than generated (plants,), used (users,) or contracted in all.

    Rank by rank, generation that is short is shared by contract among its buyers, then use that is short among its sellers.
    """
    settled = np.zeros(len(contracts.kwh), np.int64)
    generation, use = generation_kwh.copy(), use_kwh.copy()
    for rank in np.unique(contracts.rank):
        rows = np.flatnonzero(contracts.rank == rank)
        offered = _limited(contracts.kwh[rows], contracts.plant[rows], generation)
        taken = _limited(offered, contracts.user[rows], use)
        settled[rows] = taken
        np.subtract.at(generation, contracts.plant[rows], taken)
        np.subtract.at(use, contracts.user[rows], taken)
    return settled


def _limited(kwh: np.ndarray, owner: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """`kwh` (rows,) cut pro rata so that no owner's rows exceed its limit (owners,)."""
    wanted = np.zeros(len(limit), np.int64)
    np.add.at(wanted, owner, kwh)
    out = kwh.copy()
    for short in np.flatnonzero(wanted > limit):
        rows = np.flatnonzero(owner == short)
        out[rows] = share_out(limit[short : short + 1], kwh[rows][:, None])[:, 0]
    return out


@dataclass(frozen=True, kw_only=True)
class Certificates:
    """Certificates held and retired by account, (accounts,) int64 whole MWh; issued = held + retired, always."""

    held: np.ndarray
    retired: np.ndarray


def certificates_due(before_kwh: np.ndarray, generation_kwh: np.ndarray) -> np.ndarray:
    """Certificates a plant gets for a period: whole MWh of its running total, so that broken ones wait for the next, (n,)."""
    return (before_kwh + generation_kwh) // KWH_PER_CERTIFICATE - before_kwh // KWH_PER_CERTIFICATE


def issue(book: Certificates, account: np.ndarray, amount: np.ndarray) -> Certificates:
    """Issue certificates to accounts (rows,)."""
    held = book.held.copy()
    np.add.at(held, account, amount)
    return Certificates(held=held, retired=book.retired)


def move(book: Certificates, source: np.ndarray, target: np.ndarray, amount: np.ndarray) -> Certificates:
    """Move certificates between accounts (rows,), all or nothing. Raises ValueError when somebody would give what it has not."""
    held = book.held.copy()
    np.subtract.at(held, source, amount)
    if (held < 0).any() or (amount < 0).any():
        raise ValueError(f"account {int(np.argmin(held))} does not hold the certificates it would give")
    np.add.at(held, target, amount)
    return Certificates(held=held, retired=book.retired)


def retire(book: Certificates, account: np.ndarray, amount: np.ndarray) -> Certificates:
    """Use certificates up, once and for good. Raises ValueError when an account holds fewer."""
    held, retired = book.held.copy(), book.retired.copy()
    np.subtract.at(held, account, amount)
    if (held < 0).any() or (amount < 0).any():
        raise ValueError(f"account {int(np.argmin(held))} does not hold the certificates it would use")
    np.add.at(retired, account, amount)
    return Certificates(held=held, retired=retired)


def deducted(delivered: np.ndarray, unbundled: np.ndarray, needed: np.ndarray, limit_ppm: int = 500_000) -> np.ndarray:
    """What counts against a region's target, (regions,) int64 base units: all that was delivered, and certificates without delivery up to
    a share of the saving it needs."""  # fmt: skip
    return delivered + np.minimum(unbundled, needed * limit_ppm // 1_000_000)


def claimed_twice(claim_first: np.ndarray, claim_last: np.ndarray) -> np.ndarray:
    """Rows (claims,) whose range of certificate numbers, both ends included, overlaps one claimed before it by number."""
    order = np.lexsort((claim_last, claim_first))
    reached = np.maximum.accumulate(claim_last[order])
    again = np.flatnonzero(claim_first[order][1:] <= reached[:-1]) + 1
    return np.sort(order[again])
