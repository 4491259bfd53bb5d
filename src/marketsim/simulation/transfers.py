"""Payments that a rule of transfer orders, as entries of the ledger: between governments of districts and the treasury."""

import numpy as np

from marketsim.domain.ledger import MONEY, Entries, entries
from marketsim.policy.transfers import TREASURY, Payments
from marketsim.policy.transfers.recycling import Revenue
from marketsim.simulation.columns import by_district, population
from marketsim.simulation.right import Law
from marketsim.simulation.world import World


def pay(world: World, payments: Payments) -> Entries:
    """Payments among districts (in their order) as money moved between their governments' accounts.

    The ledger refuses a government that must pay more than it has.
    """
    accounts, districts = world.ledger.accounts, world.setting.city.districts
    treasury = accounts.index("treasury")
    account = np.array([*(accounts.index(f"government/{region.adcode}") for region in districts), treasury])
    place = np.where(payments.payer == TREASURY, len(districts), payments.payer)
    to = np.where(payments.payee == TREASURY, len(districts), payments.payee)
    return entries("transfer", MONEY, account[place], account[to], payments.fen)


def recycle(world: World, law: Law, fen: int) -> Entries:
    """Give `fen` of revenue back to districts by the rule of recycling: people, value added, payments or measures."""
    firms, spent = world.setting.firms, world.state.spent_fen
    return pay(world, law.apply(Revenue(
        fen=fen, population=population(world.setting.city), value_added=by_district(world, firms.value_added_fen),
        paid=by_district(world, spent["penalties"]), measures=by_district(world, spent["measures"]))))
