"""New projects that may have to buy rights before they are built, as columns."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Projects:
    """Columns, `(projects,)` int64: `new_use` a year in base units (coal left out where a rule says so) and
    the project's whole yearly use and value added; `average_use` and `average_value_added_fen`: the
    province's, as one quotient."""

    new_use: np.ndarray
    whole_use: np.ndarray
    value_added_fen: np.ndarray
    average_use: int = 0
    average_value_added_fen: int = 0
