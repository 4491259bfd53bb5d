"""The electricity year as data: contracts, dispatch, an optional spot market, green power, support, retail and tariffs.

Everything beyond demand, annual and monthly contracts and deviations is off unless a file asks for it.
"""

from typing import Annotated, Literal

from pydantic import Field

from marketsim.scenario.block import Block, Key, RuleChoice
from marketsim.scenario.values import Amount, Day, Price, Share

Hour = Annotated[int, Field(ge=0, le=23)]


class Spot(Block):
    """A spot market: every hour has a price, contracts are settled as differences against it."""

    bidding: Literal["marginal-cost", "mark-up", "contract-covered", "scarcity", "roth-erev", "cournot"] = Field(
        default="marginal-cost", description="How generators bid.")  # fmt: skip
    cap: Price = Field(default="1.5 CNY/kWh", gt=0, description="Highest bid and price.")
    floor: Price = Field(default="0 CNY/kWh", description="Lowest bid and price.")
    ahead: bool = Field(default=False, description="A day-ahead market on the forecast before the real-time market.")
    forecast_sd: Share = Field(default="2%", ge=0, le=1, description="Standard deviation of the day-ahead forecast of an hour's load.")
    blocks: Share = Field(default="0%", ge=0, le=1, description="Share of what thermal units have left that is offered as blocks of a whole day, at their cost.")
    trigger: Price | None = Field(default=None, gt=0, description="Mean price of a day beyond which its prices are scaled down to it.")


class Outages(Block):
    """Forced outages of units that run by cost."""

    up_hours: int = Field(default=1500, ge=1, description="Mean hours between the end of an outage and the next.")
    down_hours: int = Field(default=60, ge=1, description="Mean hours of an outage.")


class Storage(Block):
    """A store that buys cheap and sells dear within each day."""

    volume: Amount = Field(gt=0, description="What it can keep.")
    hours: int = Field(default=4, ge=1, le=24, description="Hours in which it can be filled or emptied.")
    efficiency: Share = Field(default="85%", gt=0, le=1, description="Share of what goes in that comes out.")


class Green(Block):
    """Contracts with plants of wind and sun, settled at the least of generation, use and contract; certificates go along."""

    share: Share = Field(gt=0, le=1, description="Share of the larger users' power under green contracts.")
    value: Price = Field(ge=0, description="Environmental value paid beside the price of the power.")
    unbundled: Share = Field(default="0%", ge=0, le=1, description="Share of their power for which users also buy certificates without delivery.")
    certificate_price: Price = Field(default="2.31 CNY/MWh", ge=0, description="Price of a certificate without delivery, for each MWh.")
    needed_saving: Share = Field(default="3%", ge=0, le=1, description="Saving the city needs, a share of use; certificates without delivery count up to half of it.")
    counts: bool = Field(default=False, description="Whether green power is taken off what dual control counts.")


class Mechanism(Block):
    """The auction of mechanism volume: winners get the difference between their price and the market's."""

    volume: Amount = Field(gt=0, description="Volume on offer.")
    cap: Price = Field(gt=0, description="Highest bid that counts.")
    adequacy: Share = Field(default="125%", ge=1, description="Bids there must be over the volume; below, the volume shrinks.")


class Retail(Block):
    """Retailers who buy for users and answer for their joint deviation."""

    share: Share = Field(ge=0, le=1, description="Share of contracting users served by a retailer, the smallest first.")
    fee: Price = Field(ge=0, description="Margin of the retailer over the price of its contracts.")
    most: Price | None = Field(default=None, ge=0, description="Margin beyond which the rest is given back to users.")


class TimeOfUse(Block):
    """Planned tariffs that differ by hour."""

    peak: list[Hour] = Field(description="Hours of the peak.")
    valley: list[Hour] = Field(description="Hours of the valley.")
    up: Share = Field(default="60%", ge=0, description="What the peak costs beyond the planned tariff.")
    down: Share = Field(default="60%", ge=0, le=1, description="What the valley costs less.")
    critical: list[Hour] = Field(default=[], description="Hours of the peak that cost more still.")
    critical_up: Share = Field(default="20%", ge=0, description="What they cost beyond the peak.")


class Plants(Block):
    """A market in which power plants alone answer for what they emit themselves, at benchmarks; its price comes from outside."""

    right: Key = Field(description="Right whose meter is counted, a key of `markets`.")
    price: Price = Field(ge=0, description="Price in that market, for plants that lack and plants that have too much.")
    allocation: RuleChoice = Field(description="Rule by which plants get their free amounts.")
    most_short: Share = Field(default="20%", ge=0, le=1, description="An obligation ends this share of use above the free amount; under the gas benchmark nobody need buy.")
    in_offers: Share = Field(default="0%", ge=0, le=1, description="Share of what one more kWh costs or earns there that generators put into their offers.")


class Power(Block):
    """The electricity year: demand, contracts, dispatch and deviations."""

    grid: Key = Field(description="Fleet and load shapes, in configs/grid/, or a folder beside the file.")
    zone: Key = Field(description="Zone of the grid the city draws from.")
    market_share: Share = Field(ge=0, le=1, description="Share of use bought under contracts.")
    annual_share: Share = Field(ge=0, le=1, description="Share of contracts that are annual; the rest is monthly.")
    contract_price: Price = Field(gt=0, description="First price of contracts.")
    deviation_band: Share = Field(ge=0, le=1, description="Deviation from contract that is free.")
    pass_through: Share = Field(default="0%", ge=0, le=1, description="Share of the price of rights that generators put into their offers.")
    priced_rights: list[Key] = Field(default=[], description="Rights whose price generators put into their offers.")
    resolution: Literal["hourly", "typical-days"] = Field(default="hourly", description="Hours of the dispatch.")
    rules_day: Day | None = Field(default=None, description="Day whose price band and exemptions hold; none = first day of the run.")
    intensive_sectors: list[Key] = Field(default=[], description="Energy-intensive sectors, not bound by the upper end of the band once the rules say so.")
    monthly_form: Literal["uniform", "high-low", "rolling", "listing-time", "listing-prorata"] = Field(
        default="uniform", description="How monthly contracts are made.")  # fmt: skip
    adjust: Literal["none", "buy-back", "transfer"] = Field(default="none", description="What is done before a month with contracts nobody can use or deliver.")
    signing_floor: Share = Field(default="0%", ge=0, le=1, description="Share of a user's market power to be under contract; who is below buys more every month.")
    from_outside: Share = Field(default="0%", ge=0, le=1, description="Share of annual contracts signed with sellers beyond the zone, with fee and loss of the line.")
    dispatch: Literal["merit-order", "committed"] = Field(default="merit-order", description="Dispatch hour by hour, or with minimum output, ramps and start-ups.")
    reserve: Share = Field(default="0%", ge=0, le=1, description="Capacity kept running beyond each day's peak, where units are committed.")
    outages: Outages | None = Field(default=None, description="Forced outages, if any.")
    storage: Storage | None = Field(default=None, description="Storage, if any.")
    plants: Plants | None = Field(default=None, description="Market in which power plants alone answer for what they emit, if any.")
    neighbours: bool = Field(default=False, description="Clear all zones of the grid together, over lines with limits, fees and losses.")
    spot: Spot | None = Field(default=None, description="Spot market, if any.")
    green: Green | None = Field(default=None, description="Green contracts and certificates, if any.")
    mechanism: Mechanism | None = Field(default=None, description="Auction of mechanism volume, if any.")
    capacity_share: Share = Field(default="0%", ge=0, le=1, description="Share of fixed cost that coal plants are paid for capacity (100% = 330 CNY/kW a year).")
    retail: Retail | None = Field(default=None, description="Retailers, if any.")
    time_of_use: TimeOfUse | None = Field(default=None, description="Planned tariffs by hour, if any.")
