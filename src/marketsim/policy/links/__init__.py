"""Rules that connect regions: whose rights count where, at what ratio, and what flows back."""

from marketsim.policy.links import consumption_ratio, link
from marketsim.policy.links.gains import link_gains
from marketsim.policy.links.ways import Way
from marketsim.policy.rule import table

__all__ = ["RULES", "Way", "link_gains"]

RULES = table(link.RULE, consumption_ratio.RULE)
