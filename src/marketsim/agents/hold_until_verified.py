"""The hold-until-verified strategy: nothing is sold before the use of the year is known; what is lacking is bought as usual.

    lots offered = 0 before the verification, then as the cost-minimising strategy

Managers who answer for compliance, not for profit, keep a surplus until nobody can claim it back.
Source: De Boer, Roldao and Slater (2015), The 2015 China Carbon Pricing Survey: firms trade to comply, and late (recalled).
"""

from dataclasses import replace

import numpy as np

from marketsim.agents import cost_minimising
from marketsim.agents.view import BUY, Quotes, View


def quote(view: View) -> Quotes:
    """One limit order a firm; no offers before the verification."""
    plain = cost_minimising.quote(view)
    return replace(plain, lots=np.where((plain.side == BUY) | view.verified, plain.lots, 0))
