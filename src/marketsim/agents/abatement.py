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
    """The choices of all firms in trading units and CNY.

    `firm` (choices,), `saving` (rights, choices) counted only where the right covers the firm, `cost_cny` (choices,).
    """

    firm: np.ndarray
    saving: np.ndarray
    cost_cny: np.ndarray

    def rows_of(self, firms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Choices of the given firms, (found,), those of a firm together and in order, and whose each is, a position in `firms`."""
        order, begins = self._by_firm
        whose = firms[firms < len(begins) - 1]  # firms beyond the last with a choice have none
        count = np.zeros(len(firms), dtype=np.int64)
        count[firms < len(begins) - 1] = begins[whose + 1] - begins[whose]
        place = np.repeat(np.arange(len(firms)), count)
        first = np.zeros(len(firms), dtype=np.int64)
        first[firms < len(begins) - 1] = begins[whose]
        return order[first[place] + np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)], place

    def of(self, firms: np.ndarray) -> "tuple[Menu, np.ndarray]":
        """The choices of the given firms as a menu of their own (`firm` is a position in `firms`), and their rows here."""
        rows, place = self.rows_of(firms)
        return Menu(firm=place, saving=self.saving[:, rows], cost_cny=self.cost_cny[rows]), rows

    @cached_property
    def sorted_by_firm(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Savings (choices, rights) and costs by firm, the rows here they come from, and where each firm begins."""
        order, begins = self._by_firm
        return np.ascontiguousarray(self.saving[:, order].T), self.cost_cny[order], order, begins

    @cached_property
    def _by_firm(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.firm, kind="stable")
        return order, np.concatenate([[0], np.cumsum(np.bincount(self.firm))]) if len(order) else np.zeros(1, dtype=np.int64)


def values_cny(menu: Menu, price_cny: np.ndarray) -> np.ndarray:
    """What each choice earns at the prices its firm expects, less its cost. `price_cny` (rights, firms); returns (choices,)."""
    return (menu.saving * price_cny[:, menu.firm]).sum(axis=0) - menu.cost_cny


def saved(menu: Menu, chosen: np.ndarray, firms: int) -> np.ndarray:
    """Savings of the chosen rows by right and firm. Shape (rights, firms)."""
    total = np.zeros((len(menu.saving), firms))
    for right, row in enumerate(menu.saving):
        total[right] = np.bincount(menu.firm[chosen], weights=row[chosen], minlength=firms)
    return total


def savings_of_all(menu: Menu, price_cny: np.ndarray, right: int, known: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What every firm's begun and planned choices save of one right, (firms,) each, in one compiled pass over the choices by firm.

    `known` is which choices are begun (choices,) and which firms have decided (firms,); the numbers are those of `values_cny` and `saved`.
    """
    from marketsim.agents.abatement_kernel import pass_over

    saving, cost, order, begins = menu.sorted_by_firm
    begun, decided = known
    done, planned = np.zeros(price_cny.shape[1]), np.zeros(price_cny.shape[1])
    pass_over((saving, cost), begins, (begun[order], decided), price_cny, right, (done, planned))
    return done, planned


def marginal_costs_cny(menu: Menu, price_cny: np.ndarray, planned: np.ndarray, begun: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reservation prices by right and firm: (most to pay for a unit, least to take for one), each (rights, firms).

    `planned` and `begun` are masks (choices,); infinity where no choice stands behind buying, 0 behind selling.
    """
    rights, firms = price_cny.shape
    most = np.full((rights, firms), np.inf)
    least = np.zeros((rights, firms))
    earned = menu.saving * price_cny[:, menu.firm]
    for right in range(rights):
        helps = menu.saving[right] > 0
        own_cost = np.zeros(len(menu.firm))
        others = earned.sum(axis=0) - earned[right]
        own_cost[helps] = np.maximum((menu.cost_cny[helps] - others[helps]) / menu.saving[right, helps], 0.0)
        spare = helps & ~planned & ~begun
        np.minimum.at(most[right], menu.firm[spare], own_cost[spare])
        due = helps & planned & ~begun
        np.maximum.at(least[right], menu.firm[due], own_cost[due])
    return most, least
