"""Rules that judge districts against their targets, and what follows from the grade."""

from marketsim.policy.assessment import lights, points
from marketsim.policy.assessment.lights import Progress
from marketsim.policy.assessment.performance import GRADES_EN, GRADES_ZH, Assessment, Performance
from marketsim.policy.rule import table

__all__ = ["GRADES_EN", "GRADES_ZH", "RULES", "Assessment", "Performance", "Progress"]

RULES = table(points.RULE, lights.RULE)
