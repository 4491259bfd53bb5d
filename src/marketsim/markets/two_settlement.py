"""Day-ahead and real-time settlement: the day-ahead quantity at its price, what was delivered beyond it at the real-time price.

pay = P_da · q_da + P_rt · (q_rt − q_da). Contracts settled as differences against day-ahead leave their holder exposed only to
what is not covered. The venue's balance is what lines earn between zones, and goes to a named account.
Source: two-settlement systems, e.g. Stoft (2002), part 3; Chinese spot pilots settle alike (by secondary reports).
"""

import numpy as np

from marketsim.markets.deviation import IMBALANCE, SPOT, Payments, all_payments, fen_of, payments


def settle_spot(account: np.ndarray, ahead_kwh: np.ndarray, metered_kwh: np.ndarray, price_tick: tuple[np.ndarray, np.ndarray],
                venue: int) -> Payments:  # fmt: skip
    """Payments with the venue for rows (rows,): kWh delivered is positive, kWh used negative; `price_tick` = day-ahead, real-time (rows,).

    Whoever delivers is paid, whoever uses pays; the second part is entered as imbalance.
    """
    ahead, live = price_tick
    return all_payments(payments(venue, account, fen_of(ahead_kwh, ahead), SPOT),
                        payments(venue, account, fen_of(metered_kwh - ahead_kwh, live), IMBALANCE))  # fmt: skip


def capped_prices(price_tick: np.ndarray, trigger_tick: int) -> np.ndarray:
    """Settlement prices after the second cap: when the mean of a day (hours,) passes the trigger all are scaled down to it pro rata.

    Source: Zhejiang 2026, second-level cap (secondary).
    """
    total = int(price_tick.sum())
    allowed = trigger_tick * len(price_tick)
    return price_tick if total <= allowed else price_tick * allowed // total
