"""Rules of compliance: what is owed, what a shortfall costs, what may be carried over."""

from marketsim.policy.compliance import credit_record, surrender
from marketsim.policy.compliance.surrender import Obligations, Settlement
from marketsim.policy.rule import table

__all__ = ["RULES", "Obligations", "Settlement"]

RULES = table(surrender.RULE, credit_record.RULE)
