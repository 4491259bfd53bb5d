"""Rules that look for unfair levers, double counting and market power; they find, they change nothing."""

from marketsim.policy.audit import concentration, double_count, local_favour
from marketsim.policy.audit.findings import Finding
from marketsim.policy.audit.overlap import Interaction, interaction
from marketsim.policy.rule import table

__all__ = ["RULES", "Finding", "Interaction", "interaction"]

RULES = table(local_favour.RULE, double_count.RULE, concentration.RULE)
