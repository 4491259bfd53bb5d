"""Coupled call auction over links that exchange in other ratios than lot for lot: whole units of every link, no half lot.

A link of gain n/d (lowest terms) carries k units: k·d lots leave, k·n lots arrive, at cost × k·d. Over whole lots and units,

    maximise Σ bid × met − Σ ask × met − Σ cost × d·k,   then Σ lots bids meet,   then −Σ k,

with Σ asks met + Σ n·k in = Σ bids met + Σ d·k out in every region: three integer programs, the found numbers checked in
integers. With indivisible units there need be no prices under which every link breaks even; each region's price therefore
supports its own orders (nobody is filled at a loss or left out at a gain), and the links' owner gets what is left.

Source: Wayne (1999), Generalized maximum flow algorithms, Cornell, for flows with gains; O'Neill et al. (2005), Efficient
market-clearing prices in markets with nonconvexities, EJOR 164(1), for prices beside an integer optimum.
"""

from fractions import Fraction
from math import ceil

import numpy as np

from marketsim.matching.face import BUY
from marketsim.matching.ways import Link, Way


class Units:
    """The integer program of one call: columns are price levels (lots met) and then links (units carried).

    `levels` as (region, side, tick, lots).
    """

    def __init__(self, regions: int, links: tuple[Link, ...], levels: list[tuple[int, int, int, int]], every: list[Way]) -> None:
        self.links, self.levels = links, levels
        self.most = [lots for _, _, _, lots in levels] + _most_units(links, sum(level[3] for level in levels), every)
        columns = len(self.most)
        self.balance = np.zeros((regions, columns), np.int64)
        self.gains, self.volume, self.carried = np.zeros((3, columns), np.int64)
        for column, (region, side, tick, _) in enumerate(levels):
            sign = 1 if side == BUY else -1
            self.balance[region, column] = -sign
            self.gains[column] = sign * tick
            self.volume[column] = side == BUY
        for column, link in enumerate(links, len(levels)):
            self.balance[link.target, column] += link.gain.numerator
            self.balance[link.origin, column] -= link.gain.denominator
            self.gains[column] = -link.cost * link.gain.denominator
            self.carried[column] = -1

    def solve(self) -> tuple[list[int], list[int], int]:
        """Lots met of each level, lots sent over each link, and the gains. Raises RuntimeError when no answer stands up in integers."""
        kept: list[tuple[np.ndarray, int]] = []
        for objective in (self.gains, self.volume, self.carried):
            answer = self._best(objective, kept)
            kept.append((objective, int(objective @ answer)))
        sent = [int(units) * link.gain.denominator for units, link in zip(answer[len(self.levels):], self.links, strict=True)]
        return answer[:len(self.levels)].tolist(), sent, kept[0][1]

    def _best(self, objective: np.ndarray, kept: list[tuple[np.ndarray, int]]) -> np.ndarray:
        """The whole numbers (columns,) of the greatest `objective` that keep what earlier objectives reached."""
        import highspy

        solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5)):
            solver.setOptionValue(option, value)
        rows = np.vstack([self.balance, *(before for before, _ in kept)]).astype(float)
        program = highspy.HighsLp()
        program.num_row_, program.num_col_ = rows.shape
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_, program.col_lower_, program.col_upper_ = objective.astype(float), np.zeros(rows.shape[1]), np.array(self.most, float)
        program.row_lower_ = np.array([0.0] * len(self.balance) + [reached - 0.5 for _, reached in kept])
        program.row_upper_ = np.array([0.0] * len(self.balance) + [highspy.kHighsInf] * len(kept))
        program.integrality_ = [highspy.HighsVarType.kInteger] * rows.shape[1]
        column, row = np.nonzero(rows.T)
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.count_nonzero(rows, axis=0)))).astype(np.int32)
        program.a_matrix_.index_, program.a_matrix_.value_ = row.astype(np.int32), rows[row, column]
        solver.passModel(program)
        solver.run()
        answer = np.rint(np.array(solver.getSolution().col_value)).astype(np.int64)
        whole = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal and not (self.balance @ answer).any()
        if not whole or (answer < 0).any() or (answer > self.most).any() or any(objective @ answer < reached for objective, reached in kept):
            raise RuntimeError(f"coupled call: no answer in whole lots ({solver.modelStatusToString(solver.getModelStatus())})")
        return answer


def _most_units(links: tuple[Link, ...], everything: int, every: list[Way]) -> list[int]:
    """Units each link could ever carry: its capacity, or all lots after the greatest gain on the way there."""
    most = []
    for number, link in enumerate(links):
        swell = max((Fraction(way.flows[way.links.index(number)], way.sent) for way in every if number in way.links), default=Fraction(0))
        lots = ceil(everything * swell)
        most.append((lots if link.capacity is None else min(lots, link.capacity)) // link.gain.denominator)
    return most


def own_bounds(regions: int, levels: list[tuple[int, int, int, int]], met: list[int]) -> tuple[list[int], list[int]]:
    """Lowest and highest price of each region under which its orders want exactly what they got.

    Open ends are cut at the lowest and highest limit of all orders; a region where nobody deals gets both.
    """
    ticks = [tick for _, _, tick, _ in levels]
    low, high = [min(ticks)] * regions, [max(ticks)] * regions
    for (region, side, tick, lots), done in zip(levels, met, strict=True):
        if done if side != BUY else done < lots:
            low[region] = max(low[region], tick)
        if done < lots if side != BUY else done:
            high[region] = min(high[region], tick)
    return low, high
