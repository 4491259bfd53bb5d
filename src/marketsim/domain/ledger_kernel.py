"""One compiled pass over a batch of the ledger: every rule is checked, then every entry is posted, or none.

It decides as `Ledger.post` does in plain arrays; what is wrong with a refused batch is left to that to say.
"""

from marketsim.matching.compiled import kernel

LIMIT = 1 << 62


@kernel
def post_batch(balance, columns, rules, accounts):
    """Post `columns` = move, asset, source, target, amount, (entries,) each, to `balance` (assets, accounts, states); False if refused.

    `rules` by move: who may leave and enter (moves, kinds), states, same account, allowed while suspended; `accounts` = kind (accounts,),
    which kinds may be negative, and what is suspended (assets, accounts).
    """
    move, asset, source, target, amount = columns
    may_leave, may_enter, source_state, target_state, same, while_suspended = rules
    kind, may_be_negative, suspended = accounts
    total = 0
    for row in range(len(move)):
        m, a, s, t = move[row], asset[row], source[row], target[row]
        if not 0 < amount[row] < LIMIT or not may_leave[m, kind[s]] or not may_enter[m, kind[t]]:
            return False
        if (same[m] and s != t) or (suspended[a, s] and not while_suspended[m]):
            return False
        total += amount[row]
        if total >= LIMIT:
            return False
    good = True  # whoever never was beyond a bound on the way is not at the end
    for row in range(len(move)):
        m, a, s = move[row], asset[row], source[row]
        left = balance[a, s, source_state[m]] - amount[row]
        balance[a, s, source_state[m]] = left
        reached = balance[a, target[row], target_state[m]] + amount[row]
        balance[a, target[row], target_state[m]] = reached
        good &= (left >= 0 or may_be_negative[kind[s]]) and left > -LIMIT and reached < LIMIT and reached > -LIMIT
    if good:
        return True
    good = True
    for row in range(len(move)):
        m, a = move[row], asset[row]
        left, reached = balance[a, source[row], source_state[m]], balance[a, target[row], target_state[m]]
        good &= (left >= 0 or may_be_negative[kind[source[row]]]) and left > -LIMIT
        good &= (reached >= 0 or may_be_negative[kind[target[row]]]) and reached < LIMIT
    if not good:
        for row in range(len(move)):
            m, a = move[row], asset[row]
            balance[a, source[row], source_state[m]] += amount[row]
            balance[a, target[row], target_state[m]] -= amount[row]
    return good
