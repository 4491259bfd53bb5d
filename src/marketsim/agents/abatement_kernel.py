"""One compiled pass over firms and their choices: where each firm stands in one right, and what a unit of it is worth to it.

    value of a choice = Σ_r saving_r · price_r − cost;   planned = value > 0, not begun, firm undecided

Source: the formulas of `abatement.py`, term by term in the same order, so that the numbers are the same to the bit.
"""

from math import inf

from marketsim.matching.compiled import kernel, prefetch

AHEAD = 12
"""Firms between the one that is worked on and the one whose measures are asked for: they come from memory meanwhile."""


@kernel
def stand_over(table, known, price, place, books, out):
    """Write to `out` = (open gap, gap, most, least), (rows,) each, in trading units and CNY, before ceiling and offsets to come.

    `table` = saving (choices, rights), cost in fen and `begins` (firms + 1,); `known` = (begun (choices,),
    decided (firms,), whether any is begun); `place` = (right, rows, whether prices are asked for); `books` = covered, use, owed, final and given of the
    right, (firms,) each, what each account holds of it and of its offsets, (accounts, states), the most offsets per use, and base units.
    """
    saving, cost, begins = table
    begun, decided, started = known
    right, rows, priced = place
    covered, use, owed, final, given, held, offsets, limit, base = books
    open_gap, gap, most, least = out
    # what lies scattered by firm is fetched column by column first: the processor then waits for many cells at once
    for at in range(len(rows)):
        firm = rows[at]
        gap[at] = held[firm, 0] + held[firm, 1] + held[firm, 2] + final[firm] - given[firm]
    for at in range(len(rows)):
        firm = rows[at]
        secured = gap[at] / base
        if len(offsets):
            secured = (gap[at] + min(float(offsets[firm, 0] + offsets[firm, 1] + offsets[firm, 2]), limit * use[firm])) / base
        open_gap[at] = (use[firm] if covered[firm] else 0) / base + owed[firm] / base - secured
    rights, firms = saving.shape[1], len(begins) - 1
    at_saving, at_cost, at_price = saving.ctypes.data, cost.ctypes.data, price.ctypes.data
    for at in range(len(rows)):
        ahead = rows[min(at + AHEAD, len(rows) - 1)]
        if ahead < firms:
            place = begins[ahead]
            for line in range(0, 2 * rights * 5, 16):
                prefetch(at_saving, 2 * rights * place + line)
            prefetch(at_cost, 2 * place)
            for other in range(rights):
                prefetch(at_price, 2 * (other * price.shape[1] + ahead))
        firm = rows[at]
        done, plans, buys, sells = 0.0, 0.0, inf, 0.0
        first, last = (begins[firm], begins[firm + 1]) if firm < len(begins) - 1 else (0, 0)
        for choice in range(first, last):
            own = saving[choice, right]
            if started and begun[choice]:
                done += own
            elif not decided[firm]:
                earned = saving[choice, 0] * price[0, firm]
                for other in range(1, saving.shape[1]):
                    earned += saving[choice, other] * price[other, firm]
                spent = cost[choice] / 100.0
                planned = earned - spent > 0.0
                if planned:
                    plans += own
                if priced and own > 0.0:
                    alone = max((spent - (earned - own * price[right, firm])) / own, 0.0)
                    if planned:
                        sells = max(sells, alone)
                    else:
                        buys = min(buys, alone)
        open_gap[at] -= done
        gap[at] = open_gap[at] - plans
        most[at], least[at] = buys, sells
