"""Populations of many strategies, and the frictions of a venue: fees, blocks, limits, quiet days."""

import numpy as np
import pytest

from marketsim.agents import STRATEGIES
from marketsim.domain.accounts import MOVE_NAMES
from marketsim.errors import InputError
from marketsim.scenario import load
from marketsim.simulation import checkpoint
from marketsim.simulation.result import result
from marketsim.simulation.run import play

QUICK = ("power=null", "targets=null")


def only(**shares: str) -> str:
    """The strategies of all firms; those of the file are set to nothing."""
    mix = {"cost-minimising": "0%", "zero-intelligence": "0%"} | {name.replace("_", "-"): share for name, share in shares.items()}
    return f"firms.strategies={{{', '.join(f'{name}: {share}' for name, share in mix.items())}}}"


def shown(world) -> dict:
    return {metric: value for _, metric, _, value in result(world).summary}


def sound(world) -> None:
    """What holds in every run, whoever trades how."""
    ledger = world.ledger
    assert (ledger.recount() == ledger.balance).all() and (ledger.balance.sum(axis=(1, 2)) == 0).all()
    assert not ledger.balance[:, :, 1:].any()


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_a_market_of_one_strategy_runs_and_reconciles(played, name):
    world = played("twin", settings=(*QUICK, only(**{name: "100%"})))
    sound(world)
    assert any(row[5] for row in world.state.days) or name == "speculator"


def test_sectors_have_strategies_of_their_own(founded):
    world = founded("twin", settings=(*QUICK, "firms.by_sector={brewing: {deadline-driven: 100%}}"))
    setting = world.setting
    brews = (setting.firms.sector == setting.firms.sectors.index("brewing")) & setting.firms.covered[1]
    chosen = np.array(setting.strategies)[setting.strategy[1, setting.firms.covered[1]]]
    assert set(np.array(setting.strategies)[setting.strategy[1, brews]]) == {"deadline-driven"}
    assert set(chosen) == {"cost-minimising", "zero-intelligence", "deadline-driven"}


def test_shares_of_strategies_come_out_in_a_large_population(founded):
    world = founded("tianjin", settings=(*QUICK, "scale=20", only(speculator="30%", market_maker="70%")))
    own = world.setting.strategy[1, world.setting.firms.covered[1]]
    assert abs((own == world.setting.strategies.index("speculator")).mean() - 0.3) < 0.02


def test_investors_trade_what_does_not_cover_them(played):
    busy = played("tianjin", settings=(*QUICK, "firms.investors={market-maker: 20%, speculator: 20%}"))
    sound(busy)
    outside = ~busy.setting.firms.covered[0] & (busy.setting.strategy[0] >= 0)
    assert 0.3 < outside.sum() / (~busy.setting.firms.covered[0] & ~busy.setting.firms.is_kind("residual")).sum() < 0.5
    deliver = MOVE_NAMES.index("deliver")
    bought = sum(int(b.amount[(b.move == deliver) & (b.asset == 1) & np.isin(b.target, np.flatnonzero(outside))].sum()) for _, b in busy.ledger.journal)
    assert bought > 0


@pytest.mark.parametrize(("setting", "place"), [
    ("firms.by_sector={brewing: {zip: 100%}}", "zip"), ("firms.by_sector={brewery: {cost-minimising: 100%}}", "brewery"),
    ("firms.by_sector={brewing: {cost-minimising: 60%}}", "60%"), ("firms.investors={market-maker: 60%, speculator: 60%}", "investors"),
])  # fmt: skip
def test_a_mix_that_cannot_be_is_refused(founded, setting, place):
    with pytest.raises(InputError, match=place):
        founded("twin", settings=(*QUICK, setting))


def test_a_fee_goes_to_the_treasury_and_thins_the_market(played):
    free = played("twin", settings=QUICK)
    dear = played("twin", settings=(*QUICK, "markets.carbon.fee=5%"))
    sound(dear)
    figures, treasury = shown(dear), dear.ledger.accounts.index("treasury")
    carbon = sum(row[4] for row in dear.state.days if row[1] == "carbon")
    got = int(dear.ledger.balance[0, treasury].sum()) - figures["cost.penalties"]
    trades = sum(row[3] > 0 for row in dear.state.days)
    assert 0 <= 2 * carbon * 5 // 100 - got <= 20 * len(dear.state.days), "either side pays, rounded down trade by trade"
    assert trades and figures["carbon.volume"] < shown(free)["carbon.volume"]


def test_blocks_are_settled_and_bought_rights_rest_for_a_day(played):
    world = played("twin", settings=(*QUICK, "markets.carbon.blocks={least: 2000 t, chance: 50%}", "markets.carbon.fee=1%"))
    sound(world)
    assert world.state.blocks and shown(world)["carbon.blocks"] == 1000 * sum(row[3] for row in world.state.blocks)
    for now, _, tick, lots, fen in world.state.blocks:
        close = next(row[2] for row in world.state.days if row[0] == now and row[1] == "carbon")
        assert lots >= 2000 and fen == tick * lots and abs(tick - close) <= 0.3 * close
    kept = checkpoint.save(world)
    assert kept


def test_a_broker_takes_a_commission_from_either_side(played):
    free, paid = (played("twin", settings=(*QUICK, f"markets.carbon.blocks={{least: 2000 t, chance: 50%, commission: {share}}}")) for share in ("0%", "2%"))
    sound(paid)
    outside, deals = paid.ledger.accounts.index("outside"), {row[0]: 0 for row in paid.state.blocks}
    for now, _, _, _, fen in paid.state.blocks:
        deals[now] += 2 * (fen // 50)
    for now, due in deals.items():
        got = sum(int(b.amount[(b.asset == 0) & (b.target == outside)].sum()) for tick, b in paid.ledger.journal if tick == now)
        assert got == due
    assert deals and sum(row[3] for row in paid.state.blocks) <= sum(row[3] for row in free.state.blocks)


def test_a_search_cost_keeps_small_orders_away(played):
    free, dear = (played("twin", settings=(*QUICK, f"markets.carbon.search_cost={cost}")) for cost in (0, 20000))
    sound(dear)
    orders, lots = ([sum(row[place] for row in world.state.days if row[1] == "carbon") for place in (5, 3)] for world in (free, dear))
    assert lots[0] < orders[0] and lots[1] < orders[1]
    assert dear.state.spent_fen["search"].sum() == 20000 * 100 * lots[0] and "search" not in free.state.spent_fen


def test_nobody_holds_more_than_the_limit_by_buying(played):
    free, limited = (played("twin", settings=(*QUICK, "firms.investors={market-maker: 100%}", *more)) for more in ((), ("markets.carbon.position_limit=0.001%",)))
    sound(limited)
    most = [_most_held(run) / max(run.state.given[0].sum(), 1) for run in (limited, free)]
    assert most[0] <= 0.0000105 < most[1]


def _most_held(world) -> int:
    """Most of the first right an investor ever held."""
    outside, moves = np.flatnonzero(~world.setting.firms.covered[0]), [MOVE_NAMES.index(name) for name in ("deliver", "surrender", "cancel")]
    held, most = np.zeros(len(world.ledger.accounts), dtype=np.int64), 0
    for _, batch in world.ledger.journal:
        rows = (batch.asset == 1) & np.isin(batch.move, moves)
        np.add.at(held, batch.target[rows], batch.amount[rows])
        np.subtract.at(held, batch.source[rows], batch.amount[rows])
        most = max(most, int(held[outside].max()))
    return most


def test_a_quiet_day_keeps_its_price_where_the_rule_says_so(played):
    world = played("twin", settings=(*QUICK, "firms.attention=5%", "markets.carbon.quiet_close=last"))
    days = [row for row in world.state.days if row[1] == "carbon"]
    quiet = [(before, after) for before, after in zip(days, days[1:], strict=False) if after[3] == 0]
    assert len(quiet) > 20 and all(before[2] == after[2] for before, after in quiet)


def test_memory_and_tape_survive_a_checkpoint(founded, played):
    mixed = (*QUICK, only(zero_intelligence_plus="50%", gjerstad_dickhaut="50%"))
    whole = played("twin", settings=mixed)
    world = founded("twin", settings=mixed)
    while world.state.done < len(world.agenda) // 2 or world.state.waiting:
        world.state.now = world.agenda[world.state.done].tick
        world.step()
    resumed = checkpoint.restore(founded("twin", settings=mixed), checkpoint.save(world))
    play(resumed)
    assert resumed.state.memory and result(resumed).journal.equals(result(whole).journal)


def test_a_rush_brings_looks_near_the_surrender(founded):
    from marketsim.simulation.quoting import lookers

    calm, rush = (founded("twin", settings=(*QUICK, "firms.attention=10%", f"firms.rush={share}")) for share in ("0%", "90%"))
    last = len(calm.setting.calendar.trading_days) - 1
    for world, sees in ((calm, 0.35), (rush, 1.0)):
        world.state.now = world.setting.calendar.tick(world.setting.calendar.trading_days[last], 9, "quotes")
        right = world.setting.rights[0]
        share = len(lookers(world, right, last)) / world.setting.firms.covered[0].sum()
        assert share <= sees if world is calm else share > 0.8


def test_scenarios_with_every_friction_load(tmp_path):
    scenario = load("tianjin-2020", ("markets.carbon.fee=0.5%", "markets.carbon.position_limit=5%", "markets.carbon.blocks={least: 10 kt, chance: 5%}"))
    assert scenario.question.markets["carbon"].blocks.band == scenario.question.markets["carbon"].blocks.band
