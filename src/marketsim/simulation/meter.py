"""The meters: every month adds its share of each firm's yearly use; a year's readings add up to the unit."""

import numpy as np

from marketsim.domain.ledger import MONEY, Entries, entries
from marketsim.simulation.hand_out import scale_rows
from marketsim.simulation.power.year import MILLION, load_until
from marketsim.simulation.world import World


def read_meters(world: World, month: int) -> None:
    """Read every meter up to the end of a month (0–11); with power in the run, use follows its load through the year."""
    setting = world.setting
    share = load_until(setting.power, month) if setting.power else (month + 1) * MILLION // 12
    for right, use in enumerate(setting.use):
        world.state.metered[right] = scale_rows(use, np.int64(share))


def take_income(world: World, month: int) -> Entries:
    """A month's value added reaches the firms from the outside world; with it they pay for rights, measures and power."""
    setting = world.setting
    holders = ~setting.firms.is_kind("residual")
    yearly = np.where(holders, scale_rows(setting.firms.value_added_fen, setting.output_ppm), 0)
    paid = yearly * (month + 1) // 12 - yearly * month // 12
    outside = world.ledger.accounts.index("outside")
    return entries("transfer", MONEY, outside, np.arange(len(paid)), paid)
