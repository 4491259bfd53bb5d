"""Closed forms of permit markets, ours beside theirs: `PYTHONPATH=src python benchmarks/textbook.py` prints one row a figure.

Each figure comes from the planner, the rules or the market that a run uses; the textbook's stands in tests/policy/test_closed_forms.py too.
"""

from fractions import Fraction as F

import numpy as np

from marketsim.planner import banking, linking, permits
from marketsim.planner.dominant_firm import dominate
from marketsim.planner.elastic_output import Sector, under_cap
from marketsim.planner.joint_caps import joint_caps
from marketsim.planner.merit import Piece
from marketsim.planner.offset_limit import with_offsets
from marketsim.policy import equity
from marketsim.policy.transfers import tax_sharing


def line(owner, slope, start=0, quantity=1000) -> Piece:
    return Piece(owner=owner, quantity=F(quantity), start=F(start), slope=F(slope))


def two(cap=140, split=(70, 70), **limits) -> permits.Market:
    return permits.Market(cap=F(cap), baseline=(F(100), F(100)), allocation=tuple(map(F, split)),
                          pieces=(line(0, 2, quantity=100), line(1, 4, quantity=100)), **limits)


def regions(slopes, alone) -> linking.Regions:
    return linking.Regions(name=tuple("abc"[:len(slopes)]), baseline=(F(1000),) * len(slopes),
                           cap=tuple(1000 - F(b) * price for b, price in zip(slopes, alone, strict=True)),
                           pieces=tuple(line(k, 1 / F(b)) for k, b in enumerate(slopes)))


def ways(count, **terms) -> list[linking.Link]:
    plain = dict(ratio=F(1), cost=F(0))
    return [linking.Link(start=i, end=j, **(plain | terms)) for i in range(count) for j in range(count) if i != j]


def saving(slopes, alone, **terms) -> float:
    asked = regions(slopes, alone)
    return linking.linked_caps(asked, []).total_cost - linking.linked_caps(asked, ways(len(slopes), **terms)).total_cost


def fee(first, **terms) -> linking.Linked:
    apart = linking.Regions(name=("a", "b"), baseline=(F(100), F(100)), pieces=(line(0, 2), line(1, 4)), cap=(F(100 - first), F(40 + first)))
    return linking.linked_caps(apart, ways(2, **terms))


def bank(needs) -> banking.Path:
    return banking.price_path(banking.Horizon(cap=tuple(F(100 - need) for need in needs), baseline=(F(100),) * len(needs), discount_rate=F(1, 10),
                                              pieces=tuple((line(0, 1, quantity=100),) for _ in needs)))


def mandate(units) -> permits.Cleared:
    return permits.clear(permits.Market(cap=F(140), baseline=(F(100 - units), F(100)), allocation=(F(70), F(70)),
                                        pieces=(line(0, 2, start=2 * units, quantity=100 - units), line(1, 4, quantity=100))))


def river() -> tuple[linking.Linked, float]:
    users = linking.Regions(name=("one", "two"), baseline=(F(120), F(200)), cap=(F(80), F(60)),
                            pieces=(line(0, F(1, 20), quantity=120), line(1, F(1, 20), quantity=200)))
    way = linking.Link(start=0, end=1, ratio=F(4, 5), cost=F(1, 2))
    traded = linking.linked_caps(users, [way])
    return traded, linking.linked_caps(users, []).total_cost - traded.total_cost


def shared(years, tax) -> float:
    got = 0
    for year in range(1, years + 1):
        moves = tax_sharing.Moves(origin=np.array([0]), host=np.array([1]), before_fen=np.array([9 * 10**9]), received_fen=np.array([got]),
                                  year=np.array([year]), tax_fen=np.array([tax * 10**8]), led_by_government=np.array([True]))
        got += int(tax_sharing.apply(tax_sharing.Parameters(), moves).fen.sum())
    return got / 10**8


def rows() -> list[tuple[str, str, float, float]]:
    """(test, figure, ours, theirs)."""
    product = dict(choke=100.0, slope=1.0, unit_cost=20.0, use_per_unit=1.0, ease=1 / 200)
    traded, gain = river()
    limited, x = with_offsets(two(), F(1, 10), F(0)), np.array([1, 2, 3, 4, 10])
    three = regions((F(1, 2), 1, 4), (80, 25, 40))
    found = [
        ("T1", "price", permits.clear(two()).price, 80), ("T1", "cost", sum(permits.clear(two(split=(140, 0))).cost), 2400),
        ("T1", "cost without trade", sum(permits.alone(two()).cost), 2700), ("T1h", "price, all times 7", permits.clear(permits.Market(
            cap=F(980), baseline=(F(700), F(700)), allocation=(F(490), F(490)), pieces=(line(0, F(2, 7)), line(1, F(4, 7))))).price, 80),
        ("T2", "link price", linking.linked_caps(three, ways(3)).price[0], 40.9091), ("T2", "saving", saving((F(1, 2), 1, 4), (80, 25, 40)), 510.2273),
        ("T2q", "gain at a quota of 10", saving((F(1, 2), 1), (80, 25), limit=F(10)), 400),
        ("T3", "saved by a", 100 - fee(30, cost=F(12)).emissions[0], 38), ("T3", "from r = 60", 100 - fee(60, cost=F(12)).emissions[0], 42),
        ("T3b", "from r = 30", 100 - fee(30, cost=F(12), slope=F(2)).emissions[0], 36), ("T3b", "from r = 10", 100 - fee(10, cost=F(12), slope=F(2)).emissions[0], 31),
        *(("T4", f"price, r = {own}", dominate([line(0, 2)], [line(1, 4)], F(60), F(own)).price, price) for own, price in ((0, 144), (40, 80), (60, 48))),
        ("T5", "first price", bank((20, 60)).price[0], 38.0952), ("T5", "PV of cost", bank((20, 60)).total_cost, 1523.81),
        ("T7", "price, lump sum", under_cap([Sector(**product)], 50, 200).price, 24.517),
        ("T7", "price, by output", under_cap([Sector(**product, free_per_unit=0.8)], 50, 200).price, 72.961),
        ("T8", "price under a mandate of 50", mandate(50).price, 40), ("T8", "emissions at 65", 200 - 65 - sum(mandate(65).abatement), 135),
        ("T8b", "first price", joint_caps([line(0, 8)], [[F(1)], [F(5, 2)]], [F(10), F(20)]).price[0], 80),
        ("T8b", "second price", joint_caps([line(0, 8)], [[F(1)], [F(5, 2)]], [F(10), F(40)]).price[1], 51.2),
        ("T10", "withdrawn at 100", permits.clear(two(floor=F(100))).withdrawn, 15), ("T10", "extra at 60", permits.clear(two(ceiling=F(60))).extra_sold, 15),
        ("T11", "worth of a tonne", limited.cleared.price, 59.2593), ("T11", "offsets", limited.offsets, 15.5556),
        ("T12", "released", traded.flow[0], 37.8049), ("T12", "gain", gain, 58.5976),
        ("T17", "Gini", equity.gini(x), 0.4), ("T17", "Theil T", equity.theil(x), 0.276364), ("T17", "Atkinson 1", equity.atkinson(x), 0.251861),
        ("T20", "price", permits.clear(two(ceiling=F(50))).price, 50), ("T20", "uncovered", permits.clear(two(ceiling=F(50))).extra_sold, 22.5),
        ("T22", "origin's receipts of 100", shared(5, 100), 90), ("T22", "of 20", shared(5, 20), 50),
    ]
    return [(test, what, float(ours), float(theirs)) for test, what, ours, theirs in found]


if __name__ == "__main__":
    worst = 0.0
    for test, what, ours, theirs in rows():
        apart = abs(ours - theirs) / abs(theirs)
        worst = max(worst, apart)
        print(f"{test:<4} {what:<30} {ours:>12.4f} {theirs:>12.4f} {apart:>9.1e}")
    print(f"largest relative difference {worst:.1e}")
