"""Rights sold in a sealed-bid auction: how much, who may bid, the lowest price; clearing is the market's.

Formula: offer = min(volume, what the reserve still holds), or share × cap; adequacy: offer ≤ adequacy ×
demand where set; a bid counts when its bidder is eligible and it is at or above the reserve price.

Source: Tianjin auctions 2020-08-28 (1.0 Mt, only firms short of allowances) and 2021-06-29 (1.5 Mt, reserve
price).
"""

import math
from dataclasses import dataclass

import numpy as np

from marketsim.policy.exact import ratio, total
from marketsim.policy.rule import Example, Rule, parameter


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Offer, eligibility, reserve price and form of the auction."""

    volume_lots: int = parameter(
        1_500_000,
        unit="lots",
        within=(0, None),
        meaning="Lots offered; used when the share is zero.",
        meaning_zh="拍卖量（手）；份额为零时采用。",
        source="Tianjin 2021-06-29 offer, literature",
    )
    share: float = parameter(
        0.0,
        unit="of the cap",
        within=(0, 1),
        meaning="Share of the cap that is auctioned.",
        meaning_zh="拍卖占总量比例。",
        source="design choice; Guangdong 3-5 %",
    )
    reserve_price_cny_per_lot: float = parameter(
        30.0,
        unit="CNY per lot",
        within=(0, None),
        meaning="Lowest price at which anything is sold.",
        meaning_zh="拍卖底价。",
        source="Tianjin 2021-06-29 cleared 4.5 % above the secondary price; H1 mean 29.56, estimate",
    )
    participants: str = parameter(
        "covered",
        unit="-",
        within=("covered", "short", "all"),
        meaning="Who may bid: covered firms, only firms short of rights, or everybody.",
        meaning_zh="参与者：控排企业、仅缺口企业或所有人。",
        source="Tianjin 2020-08-28 rule, literature",
    )
    pricing: str = parameter(
        "uniform",
        unit="-",
        within=("uniform", "pay-as-bid"),
        meaning="One clearing price, or each its own bid.",
        meaning_zh="统一价或按报价。",
        source="both forms in use",
    )
    adequacy: float = parameter(
        0.0,
        unit="of lots demanded",
        within=(0, 1),
        meaning="Where above zero, at most this share of the eligible demand is offered, so that bids compete.",
        meaning_zh="大于零时，供应不超过有效需求的此比例，以保证竞争。",
        source="adequacy shrink, design choice",
    )


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What an auction offers: `lots`, `eligible (bids,)` bool, `pricing`."""

    lots: int
    eligible: np.ndarray
    pricing: str


@dataclass(frozen=True, kw_only=True)
class Bids:
    """Sealed bids: `bidder_covered`, `bidder_short` bool, `lots`, `fen_per_lot` int64, all `(bids,)`; stock
    in lots."""

    bidder_covered: np.ndarray
    bidder_short: np.ndarray
    lots: np.ndarray
    fen_per_lot: np.ndarray
    stock_lots: int
    cap_lots: int = 0


def apply(parameters: Parameters, bids: Bids) -> Offer:
    """Return the offer: never more than the stock, nothing below the reserve price."""
    reserve_fen = math.ceil(ratio(parameters.reserve_price_cny_per_lot) * 100)
    eligible = bids.fen_per_lot >= reserve_fen
    if parameters.participants != "all":
        eligible = eligible & bids.bidder_covered
    if parameters.participants == "short":
        eligible = eligible & bids.bidder_short
    wanted = (
        math.floor(ratio(parameters.share) * bids.cap_lots) if parameters.share else parameters.volume_lots
    )
    offered = min(wanted, bids.stock_lots)
    if parameters.adequacy:
        offered = min(offered, math.floor(ratio(parameters.adequacy) * total(bids.lots[eligible])))
    return Offer(lots=offered, eligible=eligible, pricing=parameters.pricing)


EXAMPLE = Example(
    given="1.5 million lots, reserve price 30 CNY; three bids of 100 lots at 29, 30 and 35 CNY, the last by a trader.",
    given_zh="拍卖150万手，底价30元；三份各100手的报价29、30、35元，最后一份来自投资者。",
    run=lambda: apply(
        Parameters(),
        Bids(
            bidder_covered=np.array([True, True, False]),
            bidder_short=np.array([True, True, False]),
            lots=np.array([100, 100, 100]),
            fen_per_lot=np.array([2900, 3000, 3500]),
            stock_lots=4_500_000,
        ),
    ).eligible.tolist(),
    then=[False, True, False],
)

RULE = Rule(
    name="auction",
    room="allocation",
    title_en="Auction with a reserve price",
    title_zh="有底价的拍卖",
    summary_zh="密封报价拍卖：拍卖量、竞买资格与底价；出清由市场完成。",
    doc=__doc__,
    Parameters=Parameters,
    apply=apply,
    example=EXAMPLE,
)
