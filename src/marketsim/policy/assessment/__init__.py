"""Rules that judge districts against their targets, and what follows from the grade."""

from marketsim.policy.assessment import (
    consequences,
    cumulative,
    differentiated,
    exclusions,
    lights,
    points,
    progress,
)
from marketsim.policy.assessment.consequences import Grades
from marketsim.policy.assessment.lights import Progress
from marketsim.policy.assessment.performance import GRADES_EN, GRADES_ZH, Assessment, Performance
from marketsim.policy.rule import table

__all__ = ["GRADES_EN", "GRADES_ZH", "RULES", "Assessment", "Grades", "Performance", "Progress"]

RULES = table(
    points.RULE,
    progress.RULE,
    cumulative.RULE,
    lights.RULE,
    exclusions.RULE,
    differentiated.RULE,
    consequences.RULE,
)
