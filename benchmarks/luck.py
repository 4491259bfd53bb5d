"""How many times as many runs independent seeds need for the interval that addressed luck gives, on a finished study.

    python benchmarks/luck.py RESULTS/STUDY-HASH

Common luck: the variance of the paired difference of two options. Independent seeds: the sum of the two options' variances, which
is what the same runs give when they are not paired.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))


def main() -> int:
    """Print one JSON line a pair of options and metric."""
    import marketsim
    from marketsim.study import collect
    from marketsim.study.statistics import observations

    study = marketsim.load(sys.argv[1])
    for metric in ("cost.market", "cost.measures", "carbon.price_mean", "carbon.volume", "assess.missed"):
        rows = collect.figures(study.folder, study.runs, [metric])
        if not len(rows):
            continue
        tables = collect.grid(rows[rows["region"] == rows["region"].iloc[0]], study.runs)
        names = list(tables)
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                a, b = observations(tables[one]), observations(tables[other])
                paired = np.var(a - b, ddof=1)
                ratio = (np.var(a, ddof=1) + np.var(b, ddof=1)) / paired if paired > 0 else None
                told = {"metric": metric, "options": [one, other], "observations": len(a), "times_the_runs": ratio and round(float(ratio), 1)}
                print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
