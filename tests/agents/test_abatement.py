"""Choices by firm: the same rows, those of a firm together and in order."""

import numpy as np

from marketsim.agents.abatement import Menu

FIRMS = 3000


def menu(choices: int = 9000) -> Menu:
    rng = np.random.default_rng(1)
    firm = np.sort(rng.integers(0, FIRMS, choices))
    return Menu(firm=firm, saving=rng.uniform(-100, 500, (3, choices)), cost_fen=rng.integers(0, 3_000_000, choices))


def test_the_menu_of_some_firms_holds_their_choices_in_order():
    whole, rng = menu(), np.random.default_rng(2)
    for firms in (rng.permutation(FIRMS)[:50], np.arange(FIRMS), np.zeros(0, int), np.array([int(whole.firm.max())])):
        part, rows = whole.of(firms)
        for place, firm in enumerate(firms.tolist()):
            assert rows[part.firm == place].tolist() == np.flatnonzero(whole.firm == firm).tolist()
        assert len(rows) == np.isin(whole.firm, firms).sum()
        assert (part.cost_cny == whole.cost_cny[rows]).all() and (part.saving == whole.saving[:, rows]).all()


def test_firms_beyond_the_last_with_a_choice_have_none():
    small = Menu(firm=np.array([0, 2]), saving=np.ones((1, 2)), cost_fen=np.ones(2))
    part, rows = small.of(np.array([5, 2, 1]))
    assert rows.tolist() == [1] and part.firm.tolist() == [1]
    none = Menu(firm=np.zeros(0, int), saving=np.ones((1, 0)), cost_fen=np.ones(0))
    assert len(none.of(np.array([0, 3]))[1]) == 0
