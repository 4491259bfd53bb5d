"""What people see of a result: the report as one HTML file, and the scorecard on the terminal."""

from marketsim.report.html import build

__all__ = ["build"]
