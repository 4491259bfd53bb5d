"""Compile, or read from the cache, the kernels of the electricity markets by clearing one small hour with each.

Source: own construction.
"""

import numpy as np


def warmup() -> None:
    """Clear one auction and one hour of two zones without and with losses."""
    from marketsim.markets.tick_auction import clear_auctions
    from marketsim.markets.zonal import Links, Offers, couple_zones

    one = np.ones(1, np.int64)
    clear_auctions(np.array([0, 2]), np.array([0, 1], np.uint8), np.array([5, 3]), np.array([1, 1]))
    offers, demand = Offers(zone=np.array([0, 1]), tick=np.array([100, 300])), np.array([[0, 10]])
    for loss in (0, 10_000):
        links = Links(zone_from=0 * one, zone_to=one, forward_kwh=5 * one, backward_kwh=5 * one, fee_tick=0 * one, loss_ppm=loss * one)
        couple_zones(offers, np.array([[20, 20]]), demand, links, 9_999)
