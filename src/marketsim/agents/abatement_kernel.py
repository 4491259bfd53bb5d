"""One compiled pass over firms and their choices: where each firm stands in one right, and what a unit of it is worth to it.

    value of a choice = Σ_r saving_r · price_r − cost;   planned = value > 0, not begun, firm undecided

Source: the formulas of `abatement.py`, term by term in the same order, so that the numbers are the same to the bit.
"""

from math import inf

from marketsim.matching.compiled import kernel, prefetch

AHEAD = 8
"""Firms between the one that is worked on and the one whose measures are asked for: they come from memory meanwhile."""


@kernel
def stand_over(table, known, price, place, books, out):
    """Write to `out` = (open gap, gap, most, least), (rows,) each, in trading units and CNY, before ceiling and offsets to come.

    `table` = saving (choices, rights), cost in CNY and `begins` (firms + 1,); `known` = (begun (choices,),
    decided (firms,), whether any is begun); `place` = (right, rows); `books` = covered, use, owed, final and given of the
    right, (firms,) each, what each account holds of it and of its offsets, (accounts, states), the most offsets per use, and base units.
    """
    saving, cost, begins = table
    begun, decided, started = known
    right, rows = place
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
    at_saving, at_cost = saving.ctypes.data, cost.ctypes.data
    for at in range(len(rows)):
        ahead = rows[min(at + AHEAD, len(rows) - 1)]
        if ahead < firms:
            place, end = begins[ahead], begins[ahead + 1]
            for word in range(2 * rights * place, 2 * rights * end + 15, 16):
                prefetch(at_saving, word)
            prefetch(at_cost, 2 * place)
            prefetch(at_cost, 2 * end)
        firm = rows[at]
        done, plans, buys, sells = 0.0, 0.0, inf, 0.0
        own_price = price[right, firm]
        first, last = (begins[firm], begins[firm + 1]) if firm < len(begins) - 1 else (0, 0)
        if started:
            for choice in range(first, last):
                done += saving[choice, right] if begun[choice] else 0.0
        if not decided[firm]:
            for choice in range(first, last):
                if started and begun[choice]:
                    continue
                row = saving[choice]
                own, earned = row[right], row[0] * price[0, firm]
                for other in range(1, rights):
                    earned += row[other] * price[other, firm]
                # no branches from here on: nobody could guess them
                planned, counts = earned - cost[choice] > 0.0, own > 0.0
                plans += own if planned else 0.0
                alone = max((cost[choice] - (earned - own * own_price)) / (own if counts else 1.0), 0.0)
                sells = max(sells, alone if planned and counts else 0.0)
                buys = min(buys, alone if counts and not planned else inf)
        open_gap[at] -= done
        gap[at] = open_gap[at] - plans
        most[at], least[at] = buys, sells
