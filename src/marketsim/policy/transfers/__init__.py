"""Rules that move money between districts and firms; every one sums to zero."""

from marketsim.policy.rule import table

RULES = table()
