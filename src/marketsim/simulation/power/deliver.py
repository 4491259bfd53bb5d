"""The year of delivery: every month is dispatched and metered, and contracts, deviations and everything beside them are settled.

Contracts carry a fixed share of the larger users' demand; the rest is bought and sold at planned tariffs through the grid
company, or at the prices of a spot market. What is generated is what is used, to the kWh, and every month's payments net to zero to the fen.
"""

import numpy as np

from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.sharing import share_out
from marketsim.markets import deviation
from marketsim.markets.deviation import all_payments
from marketsim.simulation.power.contracts import month_use, over_lines, put_by, sign_annual, sign_monthly
from marketsim.simulation.power.dispatch import run_month
from marketsim.simulation.power.money import Month, month_of, settle
from marketsim.simulation.power.owners import with_owners
from marketsim.simulation.power.plants import settle_plants
from marketsim.simulation.power.record import record
from marketsim.simulation.power.support import certificates, starts, support
from marketsim.simulation.world import World

__all__ = ["deliver", "sign_annual", "sign_monthly"]


def deliver(world: World, month: int) -> Entries:
    """Dispatch the month, meter generators and users, and settle contracts, planned supply and deviations or the spot market."""
    year = world.setting.power
    rows = np.flatnonzero(year.hours.month == month)
    signed = world.state.signed[month]
    made, use = run_month(world, rows, signed), month_use(world, month)
    supplied = int(made.generation_kwh.sum()) + sum(int((come - go).sum()) for come, go in _ways(made))
    use = share_out(np.array([min(supplied, int(use.sum()))]), use[:, None])[:, 0]  # what is not served is taken from small users first
    figures = month_of(world, signed, made, use, supplied - int(use.sum()))
    paid = all_payments(settle(world, figures, rows), support(world, figures, month))
    green = [certificates(world, figures, month)] if world.setting.question.power.green is not None else []
    record(world, figures, month, rows, paid)
    world.state.signed[month] = put_by(signed)
    answered = settle_plants(world, month)
    burnt = deviation.fen_of(figures.generation, year.fleet.cost_tick)
    batch = together(
        *_moves(world, figures),
        entries("transfer", MONEY, paid.payer, paid.payee, paid.fen),
        entries("transfer", MONEY, year.unit_account, world.ledger.accounts.index("outside"), burnt),
        starts(world, figures), *green, *([] if answered is None else [answered]),
    )  # fmt: skip
    return with_owners(world, batch, month)


def _ways(made) -> list[tuple[np.ndarray, np.ndarray]]:
    """What comes and goes besides generation: over lines, and out of and into storage."""
    ways = [(made.arrived_kwh, made.sent_kwh), (made.given_kwh, made.taken_kwh)]
    return [way for way in ways if way[0] is not None]


def _moves(world: World, month: Month) -> list[Entries]:
    """Every kWh from where it is made to where it is used."""
    year, made, accounts = world.setting.power, month.made, world.ledger.accounts
    holders = np.arange(len(month.use))
    _, lost, _ = over_lines(world, month.signed)
    batches = [entries("issue", year.asset, accounts.index("issuer"), year.unit_account, month.generation + lost),
               entries("lose", year.asset, year.unit_account, accounts.index("lost"), lost),
               entries("transfer", year.asset, year.unit_account, year.grid_account, month.generation)]  # fmt: skip
    if made.arrived_kwh is not None:
        outside = accounts.index("outside")
        batches += [entries("transfer", year.asset, outside, year.grid_account, made.arrived_kwh.sum()),
                    entries("transfer", year.asset, year.grid_account, outside, made.sent_kwh.sum())]  # fmt: skip
    if made.taken_kwh is not None:
        store, taken, given = year.extras.account["storage"], int(made.taken_kwh.sum()), int(made.given_kwh.sum())
        batches += [entries("transfer", year.asset, year.grid_account, store, taken), entries("transfer", year.asset, store, year.grid_account, given),
                    entries("lose", year.asset, store, accounts.index("lost"), taken - given)]  # fmt: skip
    return [
        *batches,
        entries("transfer", year.asset, year.grid_account, holders, month.use),
        entries("use", year.asset, holders, accounts.index("used"), month.use),
        entries("transfer", year.asset, year.grid_account, year.small_account, month.small),
    ]
