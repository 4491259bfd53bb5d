"""How rights come into being: the first tranche, the true-up on verified output, and the government's auction.

Rights are issued by the contra account `issuer`; what a true-up takes back beyond a firm's holding is owed next year.
"""

from dataclasses import replace

import numpy as np

from marketsim.domain.accounts import AVAILABLE
from marketsim.domain.ledger import MONEY, Entries, entries, together
from marketsim.domain.orders import BUY, SELL
from marketsim.matching.auction import Bids, call_auction, payments
from marketsim.policy import rules
from marketsim.policy.allocation import first_tranche, true_up
from marketsim.policy.allocation.auction import Bids as SealedBids
from marketsim.policy.allocation.auction import Offer
from marketsim.policy.allocation.projects import Projects
from marketsim.policy.exact import fit_to_cap, scale
from marketsim.policy.rule import said_at
from marketsim.simulation.columns import claimants, projects
from marketsim.simulation.comply import verified_use
from marketsim.simulation.law.credit import admitted
from marketsim.simulation.law.favours import favoured
from marketsim.simulation.law.intervene import paid_in, withheld_lots
from marketsim.simulation.positions import stand
from marketsim.simulation.right import Right
from marketsim.simulation.world import Setting, World


def free_cap(right: Right) -> int | None:
    """What may be handed out free under the cap, in base units; None without a cap."""
    if right.market.cap is None:
        return None
    return int(right.market.cap.value) - reserve(right)


def reserve(right: Right) -> int:
    """What the government keeps back, in base units."""
    return 0 if right.market.cap is None else int(right.market.cap.value * right.market.reserve)


def entitlement(setting: Setting, right: Right) -> np.ndarray:
    """Free amounts of the year by the rule of the right to incumbents, and what entrants get out of the reserve. Shape (firms,), base units."""
    asks = claimants(setting, right, free_cap(right))
    with said_at(f"markets.{right.key}.allocation"):
        free = right.allocation.apply(replace(asks, covered=asks.covered & ~setting.entrant))
    free = scale(free, (1 - right.market.tightening) ** setting.luck.year) if right.market.tightening else free
    return favoured(setting, right, free, free_cap(right)) + for_entrants(setting, right)


def for_entrants(setting: Setting, right: Right) -> np.ndarray:
    """What new firms get free: out of the reserve, never more than it holds, where there is a cap; or their use less what they must buy. Shape (firms,), base units."""
    free, rows = np.zeros(len(setting.firms.id), dtype=np.int64), np.flatnonzero(setting.entrant & setting.firms.covered[right.index])
    if right.entrants is None or not len(rows):
        return free
    cap = None if right.market.cap is None else int(right.market.cap.value)
    with said_at(f"markets.{right.key}.entrants"):
        if right.entrants.rule.subject is Projects:
            asked = projects(setting, right, rows)
            free[rows] = np.maximum(asked.new_use - right.entrants.apply(asked), 0)
        else:
            free = right.entrants.apply(claimants(setting, right, cap))
    return free if cap is None else fit_to_cap(free, reserve(right))


def most_free(setting: Setting, right: Right) -> int | None:
    """What all free amounts may come to: the free part of the cap, and what entrants get out of the reserve; None without a cap."""
    cap = free_cap(right)
    return None if cap is None else cap + int(for_entrants(setting, right).sum())


def allocate(world: World, right: Right) -> Entries:
    """First tranche to every covered firm, and the reserve to the government."""
    setting, state = world.setting, world.state
    last_verified = np.where(setting.firms.covered[right.index], setting.base_use[right.index], 0)
    given = np.minimum(first_tranche(last_verified, right.market.first_tranche), np.maximum(state.final[right.index], 0))
    state.given[right.index] = given
    issuer = world.ledger.accounts.index("issuer")
    return together(
        entries("issue", right.asset, issuer, np.arange(len(given)), given),
        entries("issue", right.asset, issuer, right.government, max(reserve(right) - int(for_entrants(setting, right).sum()), 0)),
    )


def correct(world: World, right: Right) -> Entries:
    """True-up: the rest of the free amount is issued, or what was too much is taken back as far as it is held."""
    state = world.state
    if right.correction is not None:
        known = replace(claimants(world.setting, right, most_free(world.setting, right)), received=state.final[right.index], verified=verified_use(world, right))
        corrected = right.correction.apply(known)
        state.law[f"corrected/{right.key}"] = corrected - state.final[right.index]
        state.final[right.index] = corrected
    due = true_up(state.final[right.index], state.given[right.index])
    firms = len(due)
    held = world.ledger.balance[right.asset, :firms, AVAILABLE]
    back = np.minimum(np.maximum(-due, 0), held)
    state.law[f"not taken back/{right.key}"] = np.maximum(-due, 0) - back  # an obligation of the next year
    state.given[right.index] = state.final[right.index]
    issuer, rows = world.ledger.accounts.index("issuer"), np.arange(firms)
    return together(
        entries("issue", right.asset, issuer, rows, np.maximum(due, 0)),
        entries("take_back", right.asset, rows, issuer, back),
    )


def auction(world: World, right: Right) -> Entries:
    """Sealed bids for part of the reserve: who may bid and still lacks rights bids what a right is worth to it."""
    sale, instrument = right.market.auction, right.instrument
    positions = stand(world, right)
    lacking = np.ceil(positions.gap / instrument.units_per_lot).astype(np.int64)
    tick = instrument.ticks(positions.most_cny)
    floor = instrument.tick(right.per_unit_cny(sale.reserve_price.value))
    money = world.ledger.balance[MONEY, :len(lacking), AVAILABLE] // (tick * instrument.tick_fen)
    bidders = np.flatnonzero((world.setting.strategy[right.index] >= 0) & (lacking > 0) & (money > 0))
    bidders = admitted(world, right, bidders)
    lots = np.minimum(lacking, money)[bidders]
    offer = _offer(world, right, (bidders, lots, tick[bidders] * instrument.tick_fen))
    bidders, lots, tick = bidders[offer.eligible], lots[offer.eligible], tick[bidders[offer.eligible]]
    if len(bidders) == 0 or offer.lots == 0:
        return together()
    bids = Bids(
        side=np.concatenate([np.full(len(bidders), BUY), [SELL]]),
        tick=np.concatenate([tick, [floor]]),
        lots=np.concatenate([lots, [offer.lots]]),
        market=np.zeros(len(bidders) + 1, dtype=bool),
    )
    cleared = call_auction(bids, floor, "prorata")
    won = cleared.fills[:-1]
    paid = payments(bids, cleared, offer.pricing == "pay-as-bid")[:-1] * instrument.tick_fen
    paid_in(world, bidders, paid)
    base = int(won.sum()) * instrument.lot_base
    world.state.readings.append(("auction", right.key, instrument.price_cny(int(paid.sum()) / instrument.tick_fen / max(int(won.sum()), 1)), base))
    return together(
        entries("transfer", MONEY, bidders, right.government, paid),
        entries("transfer", right.asset, right.government, bidders, won * instrument.lot_base),
    )


def _offer(world: World, right: Right, bids: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Offer:
    """What the rule of auctions makes of the sale and the bids (rows, lots, fen per lot): lots, and whose bid counts."""
    sale, lot = right.market.auction, right.instrument.lot_base
    rows, lots, fen_per_lot = bids
    covered = world.setting.firms.covered[right.index, rows]
    rule = rules("allocation")["auction"]
    parameters = rule.make({
        "volume_lots": max(int(sale.volume.value) // lot - withheld_lots(world, right), 0), "pricing": sale.pricing,
        "reserve_price_cny_per_lot": float(sale.reserve_price.value * lot / 100), "adequacy": float(sale.adequacy)})
    return rule.apply(parameters, SealedBids(
        bidder_covered=covered, bidder_short=lots > 0, lots=lots, fen_per_lot=fen_per_lot,
        stock_lots=int(world.ledger.balance[right.asset, right.government, AVAILABLE]) // lot))


def scale_rows(amounts: np.ndarray, ppm: np.ndarray) -> np.ndarray:
    """floor(amounts × ppm / 10⁶) without overflow for amounts below 9·10¹². Shapes (..., firms) and (firms,)."""
    whole = amounts // 10**6
    return whole * ppm + (amounts - whole * 10**6) * ppm // 10**6


