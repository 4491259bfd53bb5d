"""Which measures a firm would take at the prices it expects, and what one more or one less unit is worth to it.

    value of a choice = Σ_r saving_r · price_r − cost          (rights that cover the firm)
    marginal cost of right r through a choice = (cost − Σ_{s≠r} saving_s · price_s) / saving_r

A choice with a positive value is planned. A firm sells down to the dearest planned choice it has not begun, and buys up
to the cheapest choice it would otherwise have to take; the penalty bounds both.
Source: Montgomery (1972): a cost-minimising firm abates until marginal cost equals price.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Menu:
    """The choices of all firms in trading units and CNY, those of a firm together.

    `firm` (choices,), rising; `saving` (rights, choices) counted only where the right covers the firm; `cost_fen` (choices,) int64.
    """

    firm: np.ndarray
    saving: np.ndarray
    cost_fen: np.ndarray

    @cached_property
    def cost_cny(self) -> np.ndarray:
        """Cost of each choice, (choices,)."""
        return self.cost_fen / 100

    def rows_of(self, firms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Choices of the given firms, (found,), those of a firm together and in order, and whose each is, a position in `firms`."""
        begins, last = self.begins, len(self.begins) - 1
        first = begins[np.minimum(firms, last)]
        count = begins[np.minimum(firms + 1, last)] - first  # firms beyond the last with a choice have none
        place, ends = np.repeat(np.arange(len(firms)), count), count.cumsum()
        return (first - ends + count)[place] + np.arange(len(place)), place

    def of(self, firms: np.ndarray) -> "tuple[Menu, np.ndarray]":
        """The choices of the given firms as a menu of their own (`firm` is a position in `firms`), and their rows here."""
        rows, place = self.rows_of(firms)
        return Menu(firm=place, saving=self.saving[:, rows], cost_fen=self.cost_fen[rows]), rows

    @cached_property
    def by_choice(self) -> np.ndarray:
        """Savings (choices, rights), contiguous: the array itself where it was made that way round."""
        return np.ascontiguousarray(self.saving.T)

    @cached_property
    def begins(self) -> np.ndarray:
        """Where each firm's choices begin, up to the last firm that has any, and where they end; (firms + 1,)."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.firm))]).astype(np.int64)


def values_cny(menu: Menu, price_cny: np.ndarray) -> np.ndarray:
    """What each choice earns at the prices its firm expects, less its cost. `price_cny` (rights, firms); returns (choices,)."""
    return (menu.saving * price_cny[:, menu.firm]).sum(axis=0) - menu.cost_cny


def saved(menu: Menu, chosen: np.ndarray, firms: int) -> np.ndarray:
    """Savings of the chosen rows by right and firm. Shape (rights, firms)."""
    return np.array([saved_of(menu, right, chosen, firms) for right in range(len(menu.saving))]).reshape(len(menu.saving), firms)


def saved_of(menu: Menu, right: int, chosen: np.ndarray, firms: int) -> np.ndarray:
    """Savings of the chosen rows in one right by firm. Shape (firms,)."""
    return np.bincount(menu.firm[chosen], weights=menu.saving[right, chosen], minlength=firms)


def marginal_costs_cny(menu: Menu, price_cny: np.ndarray, right: int, known: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Reservation prices in one right: (most to pay for a unit, least to take for one), (firms,) each.

    `known` = masks of the choices planned and of those settled (begun, or passed over by a firm that has decided), (choices,) each;
    infinity where no choice stands behind buying, 0 behind selling. `price_cny` (rights, firms).
    """
    planned, settled = known
    most, least = np.full(price_cny.shape[1], np.inf), np.zeros(price_cny.shape[1])
    own, earned = menu.saving[right], menu.saving * price_cny[:, menu.firm]
    open_rows = np.flatnonzero((own > 0) & ~settled)
    firm, planned = menu.firm[open_rows], planned[open_rows]
    others = earned[:, open_rows].sum(axis=0) - earned[right, open_rows]
    alone = np.maximum((menu.cost_cny[open_rows] - others) / own[open_rows], 0.0)
    np.minimum.at(most, firm[~planned], alone[~planned])
    np.maximum.at(least, firm[planned], alone[planned])
    return most, least
