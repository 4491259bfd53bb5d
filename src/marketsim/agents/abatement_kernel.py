"""One compiled pass over all choices, firm by firm: what those begun and those planned save of one right.

    value of a choice = Σ_r saving_r · price_r − cost;   planned = value > 0, not begun, firm undecided

Source: the formulas of `abatement.py`, term by term in the same order, so that the numbers are the same to the bit.
"""

from marketsim.matching.compiled import kernel


@kernel
def pass_over(table, begins, known, price, right, out):
    """Write to `out` = (done, planned) (firms,); `table` = saving (choices, rights) and cost, `begins` (firms + 1,), `known` = (begun (choices,), decided (firms,))."""
    saving, cost = table
    begun, decided = known
    done, planned = out
    rights = saving.shape[1]
    for firm in range(len(begins) - 1):
        for choice in range(begins[firm], begins[firm + 1]):
            if begun[choice]:
                done[firm] += saving[choice, right]
            elif not decided[firm]:
                value = saving[choice, 0] * price[0, firm]
                for other in range(1, rights):
                    value += saving[choice, other] * price[other, firm]
                if value - cost[choice] > 0.0:
                    planned[firm] += saving[choice, right]
