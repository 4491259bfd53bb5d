"""The dates of the optional parts of the law: public funds, transfers at the end of the year, records after the last surrender."""

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np

from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.policy.exact import scale
from marketsim.simulation.law import credit, linked, transfers
from marketsim.simulation.columns import by_district
from marketsim.simulation.found import law
from marketsim.simulation.world import World

Act = tuple[date, str, tuple[Callable, ...]]


def law_acts(world: World) -> Iterator[Act]:
    """Days, phases and actions of what a scenario has of credit, transfers and links."""
    question, calendar = world.setting.question, world.setting.calendar
    last = max((market.calendar.surrender for market in question.markets.values()), default=calendar.end)
    if question.transfers:
        yield calendar.start, "meters", (fund,)
    for key, chosen in question.transfers.items():
        recycles = chosen.by.rule == "recycling"
        yield (calendar.end if recycles else date(calendar.start.year, 12, 31)), "records", (transfers.execute, key)
    for link in world.setting.links:
        yield last, "records", (linked.close, link)
    if question.credit is not None and question.markets:
        yield last, "records", (credit.write_record, law("compliance", question.credit))


def fund(world: World) -> Entries:
    """Opening money of district governments, a share of the value added of their district, and what earlier investments bring them."""
    districts = world.setting.city.districts
    fen = scale(by_district(world, world.setting.firms.value_added_fen), world.setting.question.public_funds)
    account = np.array([world.ledger.accounts.index(f"government/{region.adcode}") for region in districts])
    return together(entries("transfer", MONEY, world.ledger.accounts.index("outside"), account, fen), transfers.earn(world))
