"""Settlement of what was metered against what was contracted: imbalance, fines beyond the free band, and the pool's rest.

With q contracted and m metered: m > q is settled at the `over` price, q − m at the `under` price, both against the pool;
fine = max(0, |m − q| − band · q) · reference price · penalty share, unless exempt. Buyers pay the pool for m > q, sellers are
paid by it. What is left in the pool is handed back (or collected) in proportion to metered kWh, to the fen.
Source: Fujian's 2021 draft (band 3 %, fine = excess × monthly clearing price × 5 %, wind, solar and water exempt); Guangdong
2017 used 2 %. No rule of Tianjin was found; the sharing rule is a preset.
"""

from dataclasses import dataclass

import numpy as np

from marketsim.domain.orders import BUY, SELL
from marketsim.domain.sharing import product_over, share_out

MILLION = 1_000_000
KWH_TICKS_PER_FEN = 100
REASONS = ("contract", "planned", "imbalance", "fine", "pool", "spot", "retail", "line", "capacity", "mechanism", "green")
CONTRACT, PLANNED, IMBALANCE, FINE, POOL, SPOT, RETAIL, LINE, CAPACITY, MECHANISM, GREEN = range(len(REASONS))
SHARING = ("buyers", "sellers", "everyone", "keep")


@dataclass(frozen=True, kw_only=True)
class Payments:
    """Payments, one row each, (payments,): accounts `payer` and `payee` (int32), a positive amount (int64), `reason` in REASONS (int8).

    Every row is one transfer, so payments always net to zero over all accounts.
    """

    payer: np.ndarray
    payee: np.ndarray
    fen: np.ndarray
    reason: np.ndarray

    def __len__(self) -> int:
        return len(self.payer)


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Who contracted and was metered what in one month; shapes (positions,) int64.

    `account` and `side` (BUY or SELL), `contracted_kwh`, `metered_kwh` of the contracted part of delivery, the prices
    `over_tick` and `under_tick` of energy beyond and below the contract, `exempt` 1 where nothing is fined.
    """

    account: np.ndarray
    side: np.ndarray
    contracted_kwh: np.ndarray
    metered_kwh: np.ndarray
    over_tick: np.ndarray
    under_tick: np.ndarray
    exempt: np.ndarray


@dataclass(frozen=True, kw_only=True)
class DeviationRules:
    """A province's rule: free band, fine as a share of `reference_tick`, the pool's account, and who shares its rest."""

    band_ppm: int
    penalty_ppm: int
    reference_tick: int
    pool: int
    sharing: str = "buyers"


def fen_of(kwh: np.ndarray, tick: np.ndarray) -> np.ndarray:
    """Money for kWh at ticks of 0.1 CNY per MWh, to the nearest fen, halves up. Raises OverflowError beyond int64."""
    largest = int(np.abs(kwh).max(initial=0)) * int(np.abs(tick).max(initial=0))
    if largest >= 2**62:
        raise OverflowError("kWh times price outgrows int64")
    return (kwh * tick + KWH_TICKS_PER_FEN // 2) // KWH_TICKS_PER_FEN


def payments(payer, payee, fen: np.ndarray, reason: int) -> Payments:
    """Payments of one reason from scalars or columns; rows of 0 are left out, a negative amount turns round."""
    payer, payee, fen = np.broadcast_arrays(np.asarray(payer, np.int64), np.asarray(payee, np.int64), np.asarray(fen, np.int64))
    kept = np.flatnonzero(fen)
    back = fen[kept] < 0
    payer, payee = payer[kept].astype(np.int32), payee[kept].astype(np.int32)
    if back.any():
        payer, payee = np.where(back, payee, payer), np.where(back, payer, payee)
    return Payments(payer=payer, payee=payee, fen=np.abs(fen[kept]), reason=np.full(len(kept), reason, np.int8))


def all_payments(*batches: Payments) -> Payments:
    """Several batches as one, in order."""
    names = ("payer", "payee", "fen", "reason")
    return Payments(**{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names})


def gathered(done: Payments, accounts: int) -> Payments:
    """The same payments with one row for each payer, payee and reason, in that order; `accounts` how many accounts there are."""
    code = (done.payer.astype(np.int64) * accounts + done.payee) * len(REASONS) + done.reason
    kinds, place = np.unique(code, return_inverse=True)
    fen = np.zeros(len(kinds), np.int64)
    np.add.at(fen, place, done.fen)
    pair = kinds // len(REASONS)
    return Payments(payer=pair // accounts, payee=pair % accounts, fen=fen, reason=kinds % len(REASONS))


def balance(done: Payments, accounts: int) -> np.ndarray:
    """What each account received less what it paid: (accounts,) int64 fen, summing to zero."""
    out = np.zeros(accounts, np.int64)
    np.add.at(out, done.payee, done.fen)
    np.subtract.at(out, done.payer, done.fen)
    return out


def settle_deviations(positions: Positions, rules: DeviationRules) -> Payments:
    """Settle one month's deviations against the pool and share out what is left in it.

    Raises ValueError on an unknown sharing rule or an account that is the pool itself.
    """
    if rules.sharing not in SHARING or (positions.account == rules.pool).any():
        raise ValueError(f"sharing must be one of {', '.join(SHARING)}, and the pool may hold no position of its own")
    over = np.maximum(positions.metered_kwh - positions.contracted_kwh, 0)
    under = np.maximum(positions.contracted_kwh - positions.metered_kwh, 0)
    due = fen_of(over, positions.over_tick) - fen_of(under, positions.under_tick)
    imbalance = payments(positions.account, rules.pool, np.where(positions.side == BUY, due, -due), IMBALANCE)
    fine = payments(positions.account, rules.pool, fines(positions, rules), FINE)
    done = all_payments(imbalance, fine)
    rest = int(done.fen[done.payee == rules.pool].sum()) - int(done.fen[done.payer == rules.pool].sum())
    return all_payments(done, _share_rest(positions, rules, rest))


def fines(positions: Positions, rules: DeviationRules) -> np.ndarray:
    """The fine on each position: (positions,) int64 fen, rounded down."""
    free = positions.contracted_kwh * rules.band_ppm // MILLION
    excess = np.maximum(np.abs(positions.metered_kwh - positions.contracted_kwh) - free, 0)
    fined = (positions.exempt == 0) & (positions.contracted_kwh > 0)
    price = np.array(rules.reference_tick * rules.penalty_ppm)
    return np.where(fined, product_over(excess, price, np.array(KWH_TICKS_PER_FEN * MILLION)), 0)


def _share_rest(positions: Positions, rules: DeviationRules, rest: int) -> Payments:
    sides = {"buyers": (BUY,), "sellers": (SELL,), "everyone": (BUY, SELL), "keep": ()}[rules.sharing]
    weights = np.where(np.isin(positions.side, sides), positions.metered_kwh, 0)
    if weights.sum() == 0:
        weights = np.zeros(len(weights), np.int64)
        rest = 0  # nobody to share with: the rest stays in the pool
    shares = share_out(np.array([abs(rest)]), weights[:, None])[:, 0]
    return payments(rules.pool, positions.account, shares if rest >= 0 else -shares, POOL)
