"""An account that the authority suspends may receive and surrender; until the order is lifted nothing of it reaches another."""

import pytest

from marketsim.domain.accounts import MOVE_NAMES
from marketsim.errors import InputError
from marketsim.scenario import examine
from marketsim.simulation import checkpoint
from marketsim.simulation.result import result
from marketsim.simulation.run import play

GIVING = [MOVE_NAMES.index(name) for name in ("freeze", "deliver")]


def given(world, account, first=0, last=10**9):
    """What an account offered or delivered of the first right between two ticks, base units."""
    return sum(int(batch.amount[(batch.asset == 1) & (batch.source == account) & [move in GIVING for move in batch.move]].sum())
               for tick, batch in world.ledger.journal if first <= tick < last)  # fmt: skip


@pytest.fixture(scope="module")
def seller(twin):
    """The account that delivers most of the first right."""
    return max(range(len(twin.setting.firms.id)), key=lambda account: given(twin, account))


def test_it_stops_giving_on_the_day_and_goes_on_when_lifted(twin, played, founded, seller):
    name = twin.ledger.accounts.key[seller]
    order = f"markets.carbon.suspended={{accounts: [{name}], day: 2020-12-20, until: 2021-06-01}}"
    world = played("twin", settings=(order,))
    calendar = world.setting.calendar
    on, off = (calendar.tick(day, 8, "meters") for day in (world.setting.question.markets["carbon"].suspended.day, world.setting.question.markets["carbon"].suspended.until))
    assert given(twin, seller, on, off) > 0, "it would have given something"
    assert given(world, seller, on, off) == 0 and given(world, seller, off) > 0
    assert [(asset, account, is_on) for _, asset, account, is_on in world.ledger.suspensions] == [(1, seller, True), (1, seller, False)]
    assert (world.ledger.recount() == world.ledger.balance).all()


def test_without_an_end_it_stays_and_a_checkpoint_keeps_it(twin, founded, seller):
    name = twin.ledger.accounts.key[seller]
    settings = (f"markets.carbon.suspended={{accounts: [{name}], day: 2020-12-20}}",)
    world = founded("twin", settings=settings)
    while world.state.done < len(world.agenda) * 3 // 4 or world.state.waiting:
        world.state.now = world.agenda[world.state.done].tick
        world.step()
    resumed = checkpoint.restore(founded("twin", settings=settings), checkpoint.save(world))
    assert (resumed.ledger.suspended == world.ledger.suspended).all() and resumed.ledger.suspended.sum() == 1
    play(resumed)
    play(world)
    assert result(resumed).journal.equals(result(world).journal)
    assert world.state.settled["carbon"].surrendered[seller] > 0, "its duty it can still meet"


def test_a_name_nobody_has_is_told_with_the_nearest(founded, twin, seller):
    name = twin.ledger.accounts.key[seller]
    world = founded("twin", settings=(f"markets.carbon.suspended={{accounts: [{name}x], day: 2020-12-20}}",))
    with pytest.raises(InputError, match=f"no account is named {name}x; did you mean {name}"):
        play(world)


def test_days_out_of_order_are_told():
    found = examine("tianjin-2020", ("markets.carbon.suspended={accounts: [a], day: 2021-01-05, until: 2021-01-01}",))
    assert [problem.code for problem in found.problems] == ["MS303"]
    found = examine("tianjin-2020", ("markets.carbon.suspended={accounts: [a], day: 2019-01-05}",))
    assert [problem.code for problem in found.problems] == ["MS303"]
