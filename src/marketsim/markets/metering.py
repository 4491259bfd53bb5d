"""What delivery turns on the meters: integer use of each right from kWh, exact over any split of the year into periods.

use(period) = floor(K_after · f / 10⁶) − floor(K_before · f / 10⁶), K the unit's running total in kWh and f base units per
GWh; so the periods of a year always add up to floor(K_year · f / 10⁶), whatever their length.
Source: own construction; rounding once a year instead of once a session.
"""

import numpy as np

from marketsim.domain.sharing import product_over

KWH_PER_GWH = 1_000_000


def metered(generation_kwh: np.ndarray, per_gwh: np.ndarray) -> np.ndarray:
    """Use of each right by unit and period: (rights, units, periods) int64 base units.

    `generation_kwh` (units, periods), `per_gwh` (rights, units), int64. Raises OverflowError when a use outgrows int64.
    """
    total = np.zeros((len(generation_kwh), generation_kwh.shape[1] + 1), np.int64)
    np.cumsum(generation_kwh, axis=1, out=total[:, 1:])
    return np.diff(product_over(total[None], per_gwh[:, :, None], np.array(KWH_PER_GWH)), axis=2)


def by_region(use: np.ndarray, region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Use summed over the units of each region: codes (regions,) ascending, and (rights, regions, periods) from (rights, units, periods)."""
    codes, place = np.unique(region, return_inverse=True)
    out = np.zeros((use.shape[0], len(codes), use.shape[2]), np.int64)
    np.add.at(out, (slice(None), place), use)
    return codes, out


def indirect(use_kwh: np.ndarray, made_kwh: int, made_use: np.ndarray, imported_kwh: int, imported_per_gwh: np.ndarray) -> np.ndarray:
    """What users turn indirectly by using power: their share of all that was made and imported, (rights, users) int64 base units.

    `made_use` (rights,) is what `made_kwh` turned, imports count `imported_per_gwh` (rights,). Rounded down each; nothing is counted when
    nothing was used.
    """
    total = made_use + imported_kwh * imported_per_gwh // KWH_PER_GWH
    supplied = made_kwh + imported_kwh
    out = np.zeros((len(total), len(use_kwh)), np.int64)
    for right, amount in enumerate(total.tolist()):
        out[right] = [amount * kwh // supplied for kwh in use_kwh.tolist()] if supplied else 0
    return out
