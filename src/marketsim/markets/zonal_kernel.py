"""Coupled zones in integers: cheapest trades first until no trade between two zones gains anything, then ties shared.

Every zone has a supply curve of steps sorted by price (a buyer's bid is a step that gives up its use). Starting from each zone
balanced alone, the best trade is found by shortest paths: what one more unit costs in any zone, plus fees on the way, less what one
unit less saves at the end; it is made as far as steps and limits allow. Augmenting along shortest paths keeps the flows
cheapest for the net positions reached, so the end is the optimum; the shortest paths then are the bounds of the prices.
Steps at one price in zones that can still trade are then brought to one degree of use.
Source: successive shortest paths (Ahuja, Magnanti and Orlin, Network Flows, 1993, ch. 9 and 14, convex costs). Links that lose
on the way do not keep this order (a dearer price can turn a route), so they are cleared by `linear` instead.
"""

import numpy as np

from numba.extending import register_jitable as part

from marketsim.matching.compiled import kernel

FAR = 2**60
"""Price beyond every price: nothing more to give, or nothing to take back."""


def solve_hours(curves, demand, links, out):
    """Clear hours one by one; everything int64.

    `curves` = step_start (zones + 1,), step_tick (steps,), step_size (hours, steps); `demand` (hours, zones); `out` = flow (hours,
    links), low and high price (hours, zones), written in place. Zone z owns steps step_start[z] … step_start[z + 1] − 1, sorted by tick, no two of them equal; a zone's demand lies between 0 and
    the sum of its steps. `links` (5, links): from, to, forward limit, backward limit, fee per unit.
    """
    step_start, step_tick, step_size = curves
    flow, low, high = out
    for hour in range(len(demand)):
        _solve(step_start, step_tick, step_size[hour], demand[hour], links, (flow[hour], low[hour], high[hour]))


compiled_hours = kernel(solve_hours)
"""The same, compiled: worth its seconds of compiling from some thousand hours on."""


@part
def _solve(step_start, step_tick, step_size, demand, links, out):
    flow, low, high = out
    zones = len(demand)
    place, inside = np.empty(zones, np.int64), np.empty(zones, np.int64)
    dear, save = np.empty(zones, np.int64), np.empty(zones, np.int64)
    came_by = np.empty(zones, np.int64)
    for z in range(zones):
        left, k = demand[z], step_start[z]
        while k < step_start[z + 1] and left >= step_size[k]:
            left -= step_size[k]
            k += 1
        place[z], inside[z] = k, left
        dear[z], save[z] = _ends(z, step_start, step_tick, step_size, place, inside)
    flow[:] = 0
    arcs = np.empty((4, 2 * len(flow)), np.int64)
    for n in range(len(flow)):
        _refresh(n, links, flow, arcs)
    while True:
        _shortest(dear, arcs, high, came_by)
        best, gain = np.int64(-1), np.int64(0)
        for z in range(zones):
            if save[z] - high[z] > gain:
                best, gain = z, save[z] - high[z]
        if best < 0:
            break
        source, amount = _room_on_path(best, arcs, came_by)
        amount = min(amount, step_size[place[source]] - inside[source], _above(best, step_size, place, inside))
        _send(best, amount, links, flow, arcs, came_by)
        _move(source, amount, step_size, place, inside)
        _move(best, -amount, step_size, place, inside)
        dear[source], save[source] = _ends(source, step_start, step_tick, step_size, place, inside)
        dear[best], save[best] = _ends(best, step_start, step_tick, step_size, place, inside)
    _longest(save, arcs, low)
    _share_ties((step_size, place, inside, dear, save), links, flow, arcs, low, high)


@part
def _ends(z, step_start, step_tick, step_size, place, inside):
    """Price of one unit more, and of the last unit made, in zone z; steps of size 0 are passed over."""
    k = place[z]
    while k < step_start[z + 1] and step_size[k] == 0:
        k += 1
    place[z] = k
    dear = step_tick[k] if k < step_start[z + 1] else np.int64(FAR)
    if inside[z] > 0:
        return dear, step_tick[k]
    k -= 1
    while k >= step_start[z] and step_size[k] == 0:
        k -= 1
    return dear, step_tick[k] if k >= step_start[z] else np.int64(-FAR)


@part
def _above(z, step_size, place, inside):
    """Units the zone can give back at its last price."""
    if inside[z] > 0:
        return inside[z]
    k = place[z] - 1
    while step_size[k] == 0:
        k -= 1
    return step_size[k]


@part
def _move(z, amount, step_size, place, inside):
    """Move along the zone's curve by `amount`, which stays within one step."""
    if amount < 0 and inside[z] == 0:
        _open_last(z, step_size, place, inside)
    inside[z] += amount
    if inside[z] == step_size[place[z]]:
        place[z] += 1
        inside[z] = 0


@part
def _open_last(z, step_size, place, inside):
    """See a curve that ends on a full step as standing at the end of that step."""
    place[z] -= 1
    while step_size[place[z]] == 0:
        place[z] -= 1
    inside[z] = step_size[place[z]]


@part
def _refresh(n, links, flow, arcs):
    """Link n as two arcs, 2n ahead and 2n + 1 back: from, to, room before it fills or empties, cost per unit of using it so."""
    a, b, fee = links[0, n], links[1, n], links[4, n]
    arcs[0, 2 * n], arcs[1, 2 * n], arcs[0, 2 * n + 1], arcs[1, 2 * n + 1] = a, b, b, a
    arcs[2, 2 * n] = -flow[n] if flow[n] < 0 else links[2, n] - flow[n]
    arcs[3, 2 * n] = -fee if flow[n] < 0 else fee
    arcs[2, 2 * n + 1] = flow[n] if flow[n] > 0 else links[3, n] + flow[n]
    arcs[3, 2 * n + 1] = -fee if flow[n] > 0 else fee


@part
def _shortest(dear, arcs, cost, came_by):
    """Least cost of one more unit in each zone, made anywhere: Bellman and Ford's rounds over arcs with room."""
    for z in range(len(dear)):
        cost[z], came_by[z] = dear[z], -1
    changed = True
    while changed:
        changed = False
        for n in range(arcs.shape[1]):
            a, b = arcs[0, n], arcs[1, n]
            if arcs[2, n] > 0 and cost[a] < FAR and cost[a] + arcs[3, n] < cost[b]:
                cost[b], came_by[b] = cost[a] + arcs[3, n], n
                changed = True


@part
def _longest(save, arcs, worth):
    """Most that one unit less in each zone saves, anywhere: the lower bound of its price."""
    for z in range(len(save)):
        worth[z] = save[z]
    changed = True
    while changed:
        changed = False
        for n in range(arcs.shape[1]):
            a, b = arcs[0, n], arcs[1, n]
            if arcs[2, n] > 0 and worth[b] > -FAR and worth[b] - arcs[3, n] > worth[a]:
                worth[a] = worth[b] - arcs[3, n]
                changed = True


@part
def _room_on_path(z, arcs, came_by):
    """Zone at which the path to z starts, and units that fit before a link on it fills or empties."""
    amount = np.int64(FAR)
    while came_by[z] >= 0:
        amount = min(amount, arcs[2, came_by[z]])
        z = arcs[0, came_by[z]]
    return z, amount


@part
def _send(z, amount, links, flow, arcs, came_by):
    while came_by[z] >= 0:
        n = came_by[z]
        flow[n // 2] += amount if n % 2 == 0 else -amount
        z = arcs[0, n]
        _refresh(n // 2, links, flow, arcs)


@part
def _share_ties(curve, links, flow, arcs, low, high):
    """Bring steps that all stand at the price to one degree of use, as far as links that cost nothing more allow."""
    step_size, place, inside, dear, save = curve
    zones, tied = len(low), 0
    size, used = np.zeros(zones, np.int64), np.zeros(zones, np.int64)
    for z in range(zones):
        if low[z] == high[z] and (dear[z] == low[z] or save[z] == low[z]):
            tied += 1
            if inside[z] == 0 and dear[z] != low[z]:
                _open_last(z, step_size, place, inside)
            size[z], used[z] = step_size[place[z]], inside[z]
    came_by, share = np.empty(zones, np.int64), np.empty(zones)
    for _ in range(64 * tied if tied > 1 else 0):
        _least_used(size, used, arcs, high, share, came_by)
        best, gap = np.int64(-1), 0.0
        for z in range(zones):
            if size[z] > 0 and used[z] / size[z] - share[z] > gap:
                best, gap = z, used[z] / size[z] - share[z]
        if best < 0:
            break
        source, amount = _room_on_path(best, arcs, came_by)
        amount = min(amount, np.int64(gap / (1.0 / size[best] + 1.0 / size[source])))
        if amount < 1:
            break
        _send(best, amount, links, flow, arcs, came_by)
        used[best] -= amount
        used[source] += amount


@part
def _least_used(size, used, arcs, price, share, came_by):
    """Least degree of use among the tied steps from which each zone can be supplied at no change of cost."""
    for z in range(len(size)):
        share[z] = used[z] / size[z] if size[z] > 0 else 2.0
        came_by[z] = -1
    changed = True
    while changed:
        changed = False
        for n in range(arcs.shape[1]):
            a, b = arcs[0, n], arcs[1, n]
            if arcs[2, n] > 0 and share[a] < share[b] and price[a] + arcs[3, n] == price[b]:
                share[b], came_by[b] = share[a], n
                changed = True
