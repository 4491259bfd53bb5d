"""Zones coupled by links that lose energy: a simplex method whose basis has one row a zone, however many offers a zone has.

Minimise Σ cost · quantity so that in every zone made + Σ kept · arrived − Σ sent = demand. A zone's supply is one variable with a curve of
steps (its cost rises from step to step), a link one variable for each direction. From every zone balanced alone, the variable that
gains most is moved along all steps it pays to cross, until another one stops it and leaves the basis. Nothing is carried from
hour to hour, so no earlier hour can change a byte.
Source: bounded simplex method (Dantzig and Thapa, Linear Programming 1, 1997, ch. 3) with piecewise linear costs (Fourer 1985,
Mathematical Programming 33); Bland's rule where a step gains nothing.
"""

import numpy as np
from numba.extending import register_jitable as part

from marketsim.matching.compiled import kernel

GAIN, TIE = 1e-12, 1e-9
"""Least gain that counts, and the difference below which two prices count as one; relative to the dearest step."""
EMPTY, FULL, BASIC = 0, 1, 2
MOST_MOVES = 100_000


@kernel
def lossy_hours(curves, demand, arcs, out):
    """Clear hours one by one.

    `curves` = start (zones + 1,), guide (steps,), size (hours, steps), cost (steps,), float64 but for the first; zone z owns steps start[z]
    … start[z + 1] − 1 with rising guide, which decides; where the answer is clear, prices follow from cost. `demand` (hours, zones) float64, at most what the zone's steps hold. `arcs` = ends (2, arcs) int64 and terms (3, arcs)
    float64: limit, fee, share kept. `out` = amount of each step (hours, steps), flow (hours, arcs), price (hours, zones) float64 and
    `clear` (hours,) bool: whether no other plan or price is as good; False with an infinite first price where no end was found.
    """
    start, guide, size, cost = curves
    terms = arcs[1]
    made, flow, price, clear = out
    for hour in range(len(demand)):
        near = 1.0
        for k in range(size.shape[1]):
            near = max(near, size[hour, k])
        for n in range(terms.shape[1]):
            near = max(near, terms[0, n])
        clear[hour] = _solve((start, guide, size[hour]), demand[hour], arcs, (made[hour], flow[hour], price[hour]), (cost, 1e-7 * near))


@part
def _solve(curves, demand, arcs, out, last):
    start, cost, size = curves
    made, flow, price = out
    zones, count = len(demand), len(flow)
    place, inside = np.empty(zones, np.int64), np.empty(zones)
    state = np.zeros(zones + count, np.int64)
    basis, inverse = np.arange(zones), np.eye(zones)
    flow[:] = 0.0
    dearest = 1.0
    for k in range(len(cost)):
        dearest = max(dearest, abs(cost[k]))
    for z in range(zones):
        _balance_alone(z, curves, demand[z], place, inside)
        state[z] = BASIC
    least, stuck = GAIN * dearest, 0
    for _ in range(MOST_MOVES):
        _prices(curves, arcs, place, basis, inverse, price)
        entering, sign, slope = _best(curves, arcs, (place, inside, state, flow), price, least, stuck > 2 * zones)
        if entering < 0:
            _amounts(curves, place, inside, made)
            clear = _is_clear(curves, arcs, (place, inside, state, flow), price, TIE * dearest, last[1])
            if clear:
                _prices((start, last[0], size), arcs, place, basis, inverse, price)
            return clear
        length = _walk((curves, arcs), (place, inside, state, flow), (basis, inverse), (entering, sign, slope), least)
        stuck = 0 if length > 0.0 else stuck + 1
    price[:] = np.inf
    return False


@part
def _balance_alone(z, curves, demand, place, inside):
    """Stand where the zone's own supply meets its demand; a full step ends at its end."""
    start, _, size = curves
    left, k = demand, start[z]
    while k < start[z + 1] - 1 and left > size[k]:
        left -= size[k]
        k += 1
    place[z], inside[z] = k, min(left, size[k])


@part
def _prices(curves, arcs, place, basis, inverse, price):
    """Prices that make every basic variable neither gain nor lose."""
    _, cost, _ = curves
    zones = len(price)
    price[:] = 0.0
    for row in range(zones):
        v = basis[row]
        own = cost[place[v]] if v < zones else arcs[1][1, v - zones]
        for z in range(zones):
            price[z] += own * inverse[row, z]


@part
def _next(z, k, step, curves):
    """The next step of zone z in a direction that is not empty, −1 where there is none."""
    start, _, size = curves
    k += step
    while start[z] <= k < start[z + 1]:
        if size[k] > 0.0:
            return k
        k += step
    return -1


@part
def _best(curves, arcs, point, price, least, first):
    """The variable outside the basis that gains most by moving, its direction, and what a unit costs (below zero); −1 if none."""
    _, cost, _ = curves
    ends, terms = arcs
    place, inside, state, _ = point
    zones = len(price)
    best, sign, slope = np.int64(-1), 1.0, -least
    for n in range(ends.shape[1]):
        if state[zones + n] == BASIC or terms[0, n] <= 0.0:
            continue
        gain = terms[1, n] + price[ends[0, n]] - terms[2, n] * price[ends[1, n]]
        turn = 1.0
        if state[zones + n] == FULL:
            gain, turn = -gain, -1.0
        if gain < slope:
            best, sign, slope = zones + n, turn, gain
            if first:
                return best, sign, slope
    for z in range(zones):
        if state[z] == BASIC:
            continue
        up, down = _both_sides(z, curves, place, inside)
        if up >= 0 and cost[up] - price[z] < slope:
            best, sign, slope = z, 1.0, cost[up] - price[z]
        if down >= 0 and price[z] - cost[down] < slope:
            best, sign, slope = z, -1.0, price[z] - cost[down]
        if first and best >= 0:
            return best, sign, slope
    return best, sign, slope


@part
def _both_sides(z, curves, place, inside):
    """The steps above and below a zone that stands on the end of one; −1 where there is none."""
    k, size = place[z], curves[2]
    if size[k] <= 0.0:
        return _next(z, k, 1, curves), _next(z, k, -1, curves)
    if inside[z] <= 0.0:
        return k, _next(z, k, -1, curves)
    return _next(z, k, 1, curves), k


@part
def _walk(problem, point, frame, move, least):
    """Move the entering variable as far as it gains; returns how far. The variable that stops it leaves the basis."""
    curves, (ends, terms) = problem
    _, cost, size = curves
    place, inside, state, flow = point
    basis, inverse = frame
    entering, sign, slope = move
    zones = len(place)
    rate = np.empty(zones)
    for row in range(zones):
        if entering < zones:
            rate[row] = -sign * inverse[row, entering]
        else:
            n = entering - zones
            rate[row] = -sign * (terms[2, n] * inverse[row, ends[1, n]] - inverse[row, ends[0, n]])
    if entering < zones:
        up, down = _both_sides(entering, curves, place, inside)
        k = up if sign > 0.0 else down
        place[entering], inside[entering] = k, 0.0 if sign > 0.0 else size[k]
    total = 0.0
    while True:
        row, length = _first_stop(problem, point, basis, rate, (entering, sign))
        total += length
        _advance(point, basis, rate, (entering, sign), length)
        v = entering if row < 0 else basis[row]
        pace = sign if row < 0 else rate[row]
        if v < zones:
            k = _next(v, place[v], 1 if pace > 0.0 else -1, curves)
            inside[v] = size[place[v]] if pace > 0.0 else 0.0
            if k >= 0:
                slope += (cost[k] - cost[place[v]]) * pace
                if slope < -least:
                    place[v], inside[v] = k, 0.0 if pace > 0.0 else size[k]
                    continue
            state[v] = EMPTY
        else:
            state[v] = FULL if pace > 0.0 else EMPTY
            flow[v - zones] = terms[0, v - zones] if pace > 0.0 else 0.0
        if row >= 0:
            state[entering] = BASIC
            basis[row] = entering
            _pivot(inverse, rate, -sign, row)
        return total


@part
def _first_stop(problem, point, basis, rate, move):
    """The row whose variable first meets an end of its step or link, −1 for the entering one itself, and how far that is."""
    (_, _, size), (_, terms) = problem
    place, inside, _, flow = point
    entering, sign = move
    zones = len(place)
    if entering < zones:
        length = size[place[entering]] - inside[entering] if sign > 0.0 else inside[entering]
    else:
        length = terms[0, entering - zones] - flow[entering - zones] if sign > 0.0 else flow[entering - zones]
    found, firm = np.int64(-1), 1.0
    for row in range(zones):
        pace = rate[row]
        if abs(pace) < 1e-11:
            continue
        v = basis[row]
        if v < zones:
            room = size[place[v]] - inside[v] if pace > 0.0 else inside[v]
        else:
            room = terms[0, v - zones] - flow[v - zones] if pace > 0.0 else flow[v - zones]
        t = max(room, 0.0) / abs(pace)
        if t < length or (t == length and found >= 0 and abs(pace) > firm):
            found, length, firm = row, t, abs(pace)
    return found, length


@part
def _advance(point, basis, rate, move, length):
    place, inside, _, flow = point
    entering, sign = move
    zones = len(place)
    if entering < zones:
        inside[entering] += sign * length
    else:
        flow[entering - zones] += sign * length
    for row in range(zones):
        v = basis[row]
        if v < zones:
            inside[v] += rate[row] * length
        else:
            flow[v - zones] += rate[row] * length


@part
def _pivot(inverse, rate, turn, row):
    """Put the entering column in the place of a row's: `rate` is `turn` times the column in the old basis."""
    zones = len(rate)
    for z in range(zones):
        inverse[row, z] /= turn * rate[row]
    for other in range(zones):
        share = turn * rate[other]
        if other != row and share != 0.0:
            for z in range(zones):
                inverse[other, z] -= share * inverse[row, z]


@part
def _amounts(curves, place, inside, made):
    """What each step gives: whole below the place of its zone, part of it there."""
    start, _, size = curves
    for z in range(len(place)):
        for k in range(start[z], start[z + 1]):
            made[k] = size[k] if k < place[z] else 0.0
        made[place[z]] = min(max(inside[z], 0.0), size[place[z]])


@part
def _is_clear(curves, arcs, point, price, least, near):
    """Whether every basic variable is well inside its bounds and every other one loses by moving."""
    _, cost, size = curves
    ends, terms = arcs
    place, inside, state, flow = point
    zones = len(place)
    for z in range(zones):
        if state[z] == BASIC:
            if inside[z] < near or size[place[z]] - inside[z] < near:
                return False
            continue
        up, down = _both_sides(z, curves, place, inside)
        if (up >= 0 and cost[up] - price[z] < least) or (down >= 0 and price[z] - cost[down] < least):
            return False
    for n in range(len(flow)):
        if state[zones + n] == BASIC:
            if flow[n] < near or terms[0, n] - flow[n] < near:
                return False
        elif terms[0, n] > 0.0 and abs(terms[1, n] + price[ends[0, n]] - terms[2, n] * price[ends[1, n]]) < least:
            return False
    return True
