"""Bad lab problems: one line that names the key and what was expected, never a traceback."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from marketsim import lab
from marketsim.errors import InputError

EXAMPLES = Path(__file__).parent / "examples"
FIRST = {path.stem: json.loads(path.read_text(encoding="utf-8").splitlines()[0])["input"] for path in sorted(EXAMPLES.glob("*.jsonl"))}
FIRM = {"baseline": 10, "mac": {"type": "linear", "a": 1, "b": 1}}
NOT_JSON = '{"cap": %s, "firms": [{"baseline": 10, "mac": {"type": "linear", "a": 1, "b": 1}}]}'


@pytest.mark.parametrize(("kind", "problem", "said"), [
    ("permits", {"firms": [FIRM]}, "permits.cap: expected a number of 0 or more, got nothing"),
    ("permits", {"cap": -1, "firms": [FIRM]}, "permits.cap: expected a number of 0 or more, got -1"),
    ("permits", {"cap": "5", "firms": [FIRM]}, 'permits.cap: expected a number of 0 or more, got "5"'),
    ("permits", {"cap": True, "firms": [FIRM]}, "permits.cap: expected a number of 0 or more, got true"),
    ("permits", {"cap": 5, "firms": []}, "permits.firms: expected a list of 1 or more, got []"),
    ("permits", {"cap": 5, "firms": [3]}, "permits.firms[0]: expected an object, got 3"),
    ("permits", {"cap": 5, "firms": [FIRM | {"mac": {"type": "cubic"}}]}, "permits.firms[0].mac.type: expected one of linear, step, got \"cubic\""),
    ("permits", {"cap": 5, "firms": [FIRM | {"mac": {"type": "step", "blocks": [[1]]}}]},
     "permits.firms[0].mac.blocks[0]: expected [quantity of 0 or more, unit_cost]"),
    ("permits", {"cap": 5, "price_flor": 3, "firms": [FIRM]}, "permits: there is no key 'price_flor'; did you mean price_floor?"),
    ("permits", {"cap": 5, "price_floor": 9, "price_ceiling": 3, "firms": [FIRM]}, "permits: price_floor 9 is above price_ceiling 3"),
    ("banking", {"caps": [5], "discount_rate": -1, "firms": [FIRM]}, "banking.discount_rate: expected a number above -1, got -1"),
    ("banking", {"caps": [], "firms": [FIRM]}, "banking.caps: expected a list of one number or more, got []"),
    ("banking", {"caps": [1, 2], "firms": [{"baseline": [1], "mac": {"a": 0, "b": 1}}]},
     "banking.firms[0].baseline: expected a list of 2, got [1]"),
    ("linking", {"regions": [{"cap": 1, "firms": []}], "links": [{"from": 0, "to": 1, "ratio": 1}]},
     "linking.links[0].to: expected the name of a region, or its place from 0 to 0, got 1"),
    ("linking", {"regions": [{"cap": 1, "firms": []}], "links": [{"from": 0, "to": 0, "ratio": 0}]},
     "linking.links[0].ratio: expected a number above 0, got 0"),
    ("power", {"periods": [{"demand": 1}], "units": [{"cap": 1, "fuel_cost": 1, "ef": 1}]}, "power: expected either emission_cap or carbon_price"),
    ("grid", {"buses": [{"load": 1}], "gens": [{"bus": 1, "pmax": 1, "c1": 1}]}, "grid.gens[0].bus: expected a whole number from 0 to 0, got 1"),
    ("grid", {"buses": [{"load": 1}], "gens": [{"bus": 0, "pmin": 2, "pmax": 1, "c1": 1}]},
     "grid.gens[0].pmax: expected at least pmin = 2, got 1"),
    ("river", {"nodes": [{"inflow": 1, "loss": 2}]}, "river.nodes[0].loss: expected a number from 0 to 1, got 2"),
    ("auction", {"orders": [{"id": 1, "side": "X", "price": 1, "qty": 1}]}, 'auction.orders[0].side: expected one of B, S, got "X"'),
    ("auction", {"orders": [{"id": 1, "side": "B", "price": 1.5, "qty": 1}]}, "auction.orders[0].price: expected a whole number, got 1.5"),
    ("book", {"events": [["X", 1]]}, "book.events[0]: expected a list that begins with L, M, C or R"),
    ("book", {"events": [["L", 1, "a", "B", 5]]}, "book.events[0]: expected [L, id, trader, side, price, qty], got 4 entries after L"),
])  # fmt: skip
def test_one_line_says_what_is_wrong(kind, problem, said):
    with pytest.raises(InputError) as caught:
        lab.run(kind, json.dumps(problem))
    assert str(caught.value) == said


@pytest.mark.parametrize(("number", "said"), [
    ("NaN", "permits.cap: expected a finite number, got NaN"), ("-Infinity", "permits.cap: expected a finite number, got -Infinity"),
    ("1e400", "permits.cap: expected a number of at most 40 digits and an exponent of at most 300, got 1e400"),
    ("1e999999999", "permits.cap: expected a number of at most 40 digits"), ("1e13", "permits.cap: expected a number of at most 1e+12 in size"),
    ("9" * 5000, "permits.cap: expected a number of at most 40 digits"), ("1, \"cap\": 2", "cap: the key stands twice in one object"),
    ("]", "permits: not JSON: Expecting value at line 1 column 9"), ("[" * 100000, "permits: expected a problem, got lists within lists"),
])  # fmt: skip
def test_numbers_and_texts_that_are_refused(number, said):
    with pytest.raises(InputError) as caught:
        lab.run("permits", NOT_JSON % number)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)


def test_lines_name_the_line_and_answers_keep_their_order():
    good = json.dumps({"cap": 5, "firms": [FIRM]})
    answers = lab.run("permits", f"{good}\n\n{json.dumps({'cap': 8, 'firms': [FIRM]})}\n", lines=True).split("\n")
    assert [json.loads(answer)["price"] for answer in answers] == [6, 3]
    with pytest.raises(InputError, match="line 2: permits.firms: expected a list"):
        lab.run("permits", f"{good}\n{{}}\n", lines=True)


def test_an_unknown_kind_lists_the_kinds():
    with pytest.raises(InputError, match="expected one of permits, banking, linking, power, grid, river, auction, book, traders"):
        lab.run("weather", "{}")


def places(value, path=()):
    """Paths to every key and entry of a problem."""
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in keys:
        yield (*path, key)
        yield from places(inner, (*path, key))


@pytest.mark.parametrize("kind", FIRST)
def test_damaged_examples_are_answered_or_refused_in_one_line(kind):
    """Any value put in place of any other: an answer or one line, nothing else; a NaN is always refused by its path."""
    draw = np.random.default_rng(407)
    every = list(places(FIRST[kind]))
    for path in (every if len(every) <= 40 else [every[i] for i in draw.choice(len(every), 40, replace=False)]):
        for bad in (None, float("nan"), "x", -1, 0, 1.5, True, [], {}, [1, 2], 10**12):
            problem = copy.deepcopy(FIRST[kind])
            inner = problem
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = bad
            try:
                json.loads(lab.run(kind, json.dumps(problem)))
                assert bad == bad, f"{path}: NaN was accepted"
            except InputError as error:
                assert "\n" not in str(error) and str(error).startswith(kind), (path, bad, str(error))
                if bad != bad:
                    last = path[-1]
                    assert (f"[{last}]" if isinstance(last, int) else f".{last}") in str(error)
