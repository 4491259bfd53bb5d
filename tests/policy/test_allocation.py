"""Allocation rules where the worked examples leave something open: percentiles, firms without output, offers, parts."""

import numpy as np
import pytest

from marketsim.policy.allocation import (
    Claimants,
    Part,
    auction,
    benchmarking,
    by_sector,
    grandfathering,
    new_entrant,
    priority,
    purchase_above_line,
    sellable,
)
from marketsim.policy.allocation.projects import Projects
from marketsim.policy.build import build
from marketsim.policy.rule import RuleError


def kilns(**changes) -> Claimants:
    """Four kilns of one sector at 0.7, 0.8, 0.9 and 1.2 per unit; the last is not covered, a fifth never made anything."""
    columns = dict(
        covered=np.array([True, True, True, False, True]), use=np.array([[700, 1600, 900, 120, 50]]),
        output=np.array([[1000, 2000, 1000, 100, 0]]), output_now=np.array([100, 100, 100, 100, 100]),
        sector=np.zeros(5, np.int16), sectors=("clinker",))
    return Claimants(**(columns | changes))


@pytest.mark.parametrize(("percentile", "due"), [(0, 70), (25, 70), (26, 80), (75, 80), (76, 90), (100, 90)])
def test_the_benchmark_is_the_firm_at_which_output_reaches_the_percentile(percentile, due):
    given = benchmarking.apply(benchmarking.Parameters(percentile=percentile), kilns())
    assert given.tolist() == [due, due, due, 0, due]


def test_a_given_benchmark_wins_and_an_unknown_sector_is_refused():
    given = benchmarking.apply(benchmarking.Parameters(values={"clinker": 0.8534}, factor=0.5), kilns(output_now=np.full(5, 10_000)))
    assert given.tolist() == [4267, 4267, 4267, 0, 4267]
    with pytest.raises(RuleError, match="no sector named glass"):
        benchmarking.apply(benchmarking.Parameters(values={"glass": 1.0}), kilns())


def test_a_missing_column_is_named():
    with pytest.raises(RuleError, match="`output_now`"):
        benchmarking.apply(benchmarking.Parameters(), kilns(output_now=None))
    with pytest.raises(RuleError, match="no cap"):
        priority.apply(priority.Parameters(), kilns())


BIDS = dict(bidder_covered=np.array([True, True, False]), bidder_short=np.array([True, False, True]),
            lots=np.array([100, 200, 400]), fen_per_lot=np.array([3000, 2999, 5000]))


@pytest.mark.parametrize(("changes", "lots", "eligible"), [
    ({}, 900, [True, False, False]),
    ({"participants": "all"}, 900, [True, False, True]),
    ({"reserve_price_cny_per_lot": 29.981}, 900, [True, True, False]),
    ({"reserve_price_cny_per_lot": 10.0, "participants": "short"}, 900, [True, False, False]),
    ({"share": 0.05}, 50, [True, False, False]),
    ({"adequacy": 0.8, "participants": "all"}, 400, [True, False, True]),
    ({"volume_lots": 10}, 10, [True, False, False])])
def test_an_auction_offers_no_more_than_it_has_to_whom_it_may(changes, lots, eligible):
    offer = auction.apply(auction.Parameters(**changes), auction.Bids(**BIDS, stock_lots=900, cap_lots=1000))
    assert (offer.lots, offer.eligible.tolist()) == (lots, eligible)


def test_entrants_share_the_reserve_and_incumbents_get_none_of_it():
    asked = kilns(entrant=np.array([False, True, True, True, False]), cap=1000)
    given = new_entrant.apply(new_entrant.Parameters(reserve=0.1), asked)
    assert given.tolist() == [0, 50, 50, 0, 0]
    assert new_entrant.apply(new_entrant.Parameters(reserve=0.5), asked).tolist() == [0, 81, 81, 0, 0]    # 3250 / 4000 each


def test_a_sector_cannot_have_two_rules():
    twice = tuple(Part(rule=grandfathering.RULE, parameters=grandfathering.Parameters(), sectors=("clinker",)) for _ in range(2))
    with pytest.raises(RuleError, match="two parts"):
        by_sector.apply(by_sector.Parameters(parts=twice), kilns())


def test_a_project_on_the_line_need_not_buy():
    """0.6 tce per 10,000 CNY: 600 kgce for a million fen."""
    projects = Projects(new_use=np.array([600, 601]), whole_use=np.array([600, 601]), value_added_fen=np.array([10**6, 10**6]))
    assert purchase_above_line.apply(purchase_above_line.Parameters(), projects).tolist() == [0, 601]


def test_nobody_sells_more_than_he_holds():
    held = sellable.Holdings(held=np.array([5]), use=np.array([0]), saved=np.array([100]), closed_use=np.array([100]),
                             government=np.array([False]), excluded=np.array([False]))
    assert sellable.apply(sellable.Parameters(), held).tolist() == [5]


def test_a_choice_becomes_a_rule_with_parts():
    rule, parameters = build("allocation", {"rule": "hybrid", "parts": [
        {"rule": "grandfathering", "factor": 0.9, "share": 0.5}, {"rule": "benchmarking", "share": 0.5}]})
    assert rule.name == "hybrid" and [part.share for part in parameters.parts] == [0.5, 0.5]
    assert parameters.parts[0].parameters.factor == 0.9


@pytest.mark.parametrize(("choice", "says"), [
    ({}, "must name its `rule`"), ({"rule": "grandfathring"}, "did you mean grandfathering"),
    ({"rule": "hybrid", "parts": []}, "not a list"), ({"rule": "hybrid", "parts": [{"rule": "zzz"}]}, "no rule named 'zzz'"),
    ({"rule": "grandfathering", "factor": 3, "base_years": "x"}, "factor.*base_years")])
def test_a_bad_choice_says_what_is_wrong(choice, says):
    with pytest.raises(RuleError, match=says):
        build("allocation", choice)
