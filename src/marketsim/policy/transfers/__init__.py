"""Rules that move money between districts and firms; every one sums to zero."""

from marketsim.policy.rule import table
from marketsim.policy.transfers import ecological, enclave, recycling, surface_water, tax_sharing, upstream
from marketsim.policy.transfers.payments import TREASURY, Payments

__all__ = ["RULES", "TREASURY", "Payments"]

RULES = table(
    surface_water.RULE, upstream.RULE, ecological.RULE, tax_sharing.RULE, enclave.RULE, recycling.RULE
)
