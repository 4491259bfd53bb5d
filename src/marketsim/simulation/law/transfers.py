"""Payments that rules of transfer order, executed on the ledger: between governments of districts, linked regions and the treasury.

Tables of rivers, borders, ecology, moved firms and enclave projects are data beside the scenario or in configs/transfers/; revenue is
recycled out of what the run itself brought in. A district that cannot pay is advanced the money by the treasury, a linked region
brings its own.
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.region import Region
from marketsim.errors import InputError
from marketsim.policy.build import build
from marketsim.policy.exact import multiply_divide
from marketsim.policy.transfers import TREASURY, Payments
from marketsim.policy.transfers.ecological import earned
from marketsim.policy.transfers.enclave import Split
from marketsim.policy.transfers.recycling import Revenue
from marketsim.policy.transfers.tables import READERS
from marketsim.scenario.names import transfer_table, transfers
from marketsim.simulation.columns import by_district, population
from marketsim.simulation.law.follow_up import MILLION, factor
from marketsim.simulation.right import Law
from marketsim.simulation.world import World


def parties(world: World) -> tuple[Region, ...]:
    """Who may pay and be paid, besides the treasury: the districts in their order, then linked regions."""
    districts = world.setting.city.districts
    return (*districts, *(region for region in world.setting.city.regions if region not in districts))


def accounts_of(world: World) -> np.ndarray:
    """Accounts of the parties, the treasury last. Shape (parties + 1,)."""
    accounts = world.ledger.accounts
    return np.array([*(accounts.index(f"government/{region.adcode}") for region in parties(world)), accounts.index("treasury")])


def pay(world: World, payments: Payments) -> Entries:
    """Payments among parties (in their order) as money moved between their governments' accounts.

    The ledger refuses a government that must pay more than it has.
    """
    account = accounts_of(world)
    place = np.where(payments.payer == TREASURY, len(account) - 1, payments.payer)
    to = np.where(payments.payee == TREASURY, len(account) - 1, payments.payee)
    return entries("transfer", MONEY, account[place], account[to], payments.fen)


def covered(world: World, payments: Payments) -> Entries:
    """The same with what payers lack paid in before: districts by the treasury, linked regions by the outside world."""
    account, accounts = accounts_of(world), world.ledger.accounts
    due = np.zeros(len(account), dtype=np.int64)
    np.add.at(due, np.where(payments.payer == TREASURY, len(account) - 1, payments.payer), payments.fen)
    lacking = np.maximum(due - world.ledger.balance[MONEY, account, AVAILABLE], 0)[:-1]
    linked = np.arange(len(lacking)) >= len(world.setting.city.districts)
    advanced = int(lacking[~linked].sum())
    if advanced:
        world.state.readings.append(("advanced", payments.reason, 0, advanced))
    source = np.where(linked, accounts.index("outside"), accounts.index("treasury"))
    return together(entries("transfer", MONEY, source, account[:-1], lacking), pay(world, payments))


def recycled(world: World, law: Law, fen: int) -> Payments:
    """What the rule of recycling orders for `fen` of revenue, by people, value added, payments or measures; who missed its target last year keeps less of the funds."""
    firms, spent = world.setting.firms, world.state.spent_fen
    paid = spent["penalties"] + spent.get("to government", 0)
    payments = law.apply(Revenue(
        fen=fen, population=population(world.setting.city), value_added=by_district(world, firms.value_added_fen),
        paid=by_district(world, paid), measures=by_district(world, spent["measures"])))
    share = factor(world, "funds")[payments.payee]
    return replace(payments, fen=multiply_divide(payments.fen, share, MILLION))


def revenue_fen(world: World) -> int:
    """What the year brought in: fines paid to the treasury, and what auctions and sales out of the reserve left in its accounts."""
    sold = sum(int(world.ledger.balance[MONEY, right.government, AVAILABLE]) for right in world.setting.rights)
    return int(world.state.spent_fen["penalties"].sum()) + sold


def execute(world: World, key: str) -> Entries:
    """Carry out one transfer of the scenario: read what its rule reads, and post what it orders."""
    chosen = world.setting.question.transfers[key]
    rule, parameters = build("transfers", chosen.by.model_dump())
    law = Law(rule=rule, parameters=parameters)
    if rule.name == "recycling":
        orders = [recycled(world, law, revenue_fen(world))]
        batch = together(_collected(world), pay(world, orders[0]))
    else:
        found = _found(world, law, chosen.table, key)
        orders = [one if isinstance(one, Payments) else one.cash for one in found]
        _remember(world, key, law, orders, [one for one in found if isinstance(one, Split)])
        batch = together(*(covered(world, order) for order in orders))
    world.state.law[f"transfer/{key}"] = sum(order.net_fen(len(parties(world)))[:-1] for order in orders)
    return batch


def _collected(world: World) -> Entries:
    """What auctions left with the government goes to the treasury before it is given back."""
    sellers = np.array([right.government for right in world.setting.rights], dtype=np.int64)
    return entries("transfer", MONEY, sellers, world.ledger.accounts.index("treasury"), world.ledger.balance[MONEY, sellers, AVAILABLE])


def earn(world: World) -> Entries:
    """What investments out of compensation of earlier years bring their districts this year."""
    fen = world.state.law.get("earning", np.zeros(len(parties(world)), dtype=np.int64))
    return entries("transfer", MONEY, world.ledger.accounts.index("outside"), accounts_of(world)[:-1], fen)


def _remember(world: World, key: str, law: Law, orders: list[Payments], splits: list[Split]) -> None:
    """Keep what must be invested and what it earns from next year on, and the value added of enclave projects as it is booked; (parties,) each."""
    state, whose = world.state, len(parties(world))
    invested, booked = np.zeros((2, whose + 1), dtype=np.int64)  # the treasury, which is -1, stands last
    for order in orders:
        np.add.at(invested, order.payee, order.invested_fen)
    if invested.any():
        state.law[f"invested/{key}"] = invested[:whose]
        before = state.law.get("next earning", state.law.get("earning", np.zeros(whose, dtype=np.int64)))
        state.law["next earning"] = before + earned(law.parameters, invested[:whose])
    for split in splits:
        np.add.at(booked, split.host, split.booked_host[0])
        np.add.at(booked, split.origin, split.booked_origin[0])
    if splits:
        state.law[f"booked/{key}"] = booked[:whose]


def _found(world: World, law: Law, table: str | None, key: str) -> list[Payments | Split]:
    """What the rule says of every case of its table."""
    if table is None:
        raise InputError(f"transfers.{key}: the rule {law.rule.name} needs a `table` of what it reads")
    rows = read_table(world.setting.folder, table, key)
    try:
        cases = READERS[law.rule.name](rows, parties(world))
    except (KeyError, ValueError) as error:
        what = f"there is no column {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"transfers.{key}.table {table}: {what}; docs/law.md lists the columns of {law.rule.name}") from None
    return [law.apply(case) for case in cases]


def read_table(folder: Path | None, name: str, key: str) -> list[dict[str, str]]:
    """Lines of a packaged table, or of a CSV file beside the scenario. Raises: InputError where there is none."""
    file = transfer_table(name, folder)
    if file is None:
        raise InputError(f"transfers.{key}.table: there is no table {name!r} beside the scenario; packaged are {', '.join(transfers())}")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
