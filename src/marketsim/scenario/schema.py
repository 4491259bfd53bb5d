"""The question as frozen, typed data: every key a scenario file may hold, with its unit, its bounds and one sentence.

The JSON Schema for editors, `marketsim explain` and the checks are all generated from these classes.
"""

from typing import Any, Literal

from pydantic import Field

from marketsim.scenario.block import Block, Key, RuleChoice, Text
from marketsim.scenario.schema_power import Power
from marketsim.scenario.values import Amount, Day, Price, RegionName, Share

class Title(Block):
    """A name in both languages."""

    zh: Text = Field(description="Name in Chinese.")
    en: Text = Field(description="Name in English.")


class RunCalendar(Block):
    """First and last day of the run and the public holidays in between."""

    start: Day = Field(description="First day of the clock.")
    end: Day = Field(description="Last day of the clock.")
    holidays: Text = Field(description="Packaged list of public holidays, in configs/calendars/.")


class MarketCalendar(Block):
    """The dated days of one compliance year of one right."""

    open: Day = Field(description="First trading day.")
    allocation: Day = Field(description="First tranche is issued.")
    verification: Day = Field(description="Use of the year is verified; no measure counts after this day.")
    true_up: Day = Field(description="Free amounts are corrected on verified output.")
    surrender: Day = Field(description="Rights are surrendered; last trading day.")


class Activity(Block):
    """How much is produced: common growth, common luck and each firm's own."""

    growth: Share = Field(description="Growth of output over the base year.")
    common_sd: Share = Field(ge=0, description="Standard deviation of the growth all firms share.")
    firm_sd: Share = Field(ge=0, description="Standard deviation of each firm's own growth.")
    efficiency: Share = Field(description="Yearly fall of use per output outside the covered facilities.")
    part_year: Share = Field(default="0%", ge=0, le=1, description="Share of the facilities that opened in the last base year and ran 1 to 5 months of it.")
    entrants: Share = Field(default="0%", ge=0, le=1, description="Share of the facilities that are new this year and have no base years.")


class Output(Block):
    """What a firm may produce less of, rather than cover its use."""

    most: Share = Field(gt=0, lt=1, description="Share of the year's output that may be given up, all of it or nothing.")
    margin: Share = Field(gt=0, le=1, description="Share of the value added of that output which is lost.")


class Firms(Block):
    """How firms decide and how often they look."""

    strategies: dict[Key, Share] = Field(description="Share of firms by strategy; must add up to 100%.")
    by_sector: dict[Key, dict[Key, Share]] = Field(default={}, description="Other shares of strategies for the firms of a sector; each must add up to 100%.")
    investors: dict[Key, Share] = Field(default={}, description="Of the firms a right does not cover, the share that trades it nevertheless, by strategy; at most 100%.")
    investor_attention: Share = Field(default="100%", ge=0, le=1, description="Chance that such an investor looks at a market on a trading day.")
    outlook: Literal["none", "last", "adaptive", "extrapolative", "planner"] = Field(default="none", description="What a right kept for next year is believed to fetch there: nothing, the last price, the price the firm has learnt to expect, this year's trend going on, or the planner's price of that year.")
    measures: Literal["lasting", "yearly"] = Field(default="lasting", description="Whether a measure taken in one compliance year stays, with its yearly cost, or is decided anew in each.")
    lead_times: bool = Field(default=False, description="Whether a measure works only once its lead time has passed; otherwise what is settled before the verification counts for the whole year.")
    capital: Share | None = Field(default=None, gt=0, description="Most a firm spends on measures in a year, as a share of its value added; none = all that pay, or none where cash does not suffice.")
    credit: Share = Field(default="0%", ge=0, description="What a firm may borrow for measures, as a share of its value added.")
    credit_rate: Share = Field(default="5%", ge=0, le=1, description="Interest on it, paid with the loan on the last day of the year.")
    output: Output | None = Field(default=None, description="Output a firm may give up, if any.")
    discount_rate: Share = Field(default="5%", ge=0, le=1, description="Yearly rate at which firms discount what a kept right fetches.")
    rush: Share = Field(default="0%", ge=0, le=1, description="Chance of a look that the last trading day adds; it grows evenly over the last 45 sessions.")
    attention: Share = Field(gt=0, le=1, description="Chance that a firm looks at a market on a trading day.")
    expectation_weight: Share = Field(ge=0, le=1, description="Weight of the last price in a firm's expected price.")
    news_weight: Share = Field(ge=0, le=1, description="Largest daily move of expected prices when all orders on one side stay open.")
    urgency: Share = Field(ge=0, le=1, description="Step by which an unfilled order moves a firm's expected price.")
    measure_costs: Share = Field(default="100%", gt=0, le=10, description="What measures cost, as a share of the data's costs.")
    cost_spread: Share = Field(ge=0, le=1, description="Standard deviation of measure costs between firms.")
    availability: Share = Field(ge=0, le=1, description="Share of each measure's potential that can be had within the year.")
    decision_days: int = Field(ge=1, le=250, description="Trading days before the verification over which firms settle on their measures.")


class Auction(Block):
    """A sealed-bid sale by the government out of its reserve."""

    day: Day = Field(description="Day of the sale.")
    volume: Amount = Field(gt=0, description="Amount offered.")
    reserve_price: Price = Field(ge=0, description="Lowest accepted price.")
    pricing: Literal["uniform", "pay-as-bid"] = Field(default="uniform", description="One clearing price for all, or each its own bid.")
    adequacy: Share = Field(default="0%", ge=0, le=1, description="Where above zero, at most this share of what is bid for is offered, so that bids compete.")


class Offsets(Block):
    """Credits from outside that may be surrendered instead; the rule of compliance limits them, the supply here bounds them."""

    supply: Amount = Field(ge=0, description="Amount that can be had within the year.")
    price_low: Price = Field(ge=0, description="Price of the first credit.")
    price_high: Price = Field(ge=0, description="Price of the last credit; the supply curve is a straight line.")


class Blocks(Block):
    """Block trades: who lacks much and who has much to spare are brought together by a broker before the session."""

    least: Amount = Field(gt=0, description="Smallest block.")
    chance: Share = Field(ge=0, le=1, description="Chance that the broker of a right finds anybody on a trading day.")
    commission: Share = Field(default="0%", ge=0, lt=1, description="What the broker takes from either side, a share of the block's worth.")
    band: Share = Field(default="30%", gt=0, lt=1, description="Farthest a block's price may be from the last price.")


class Suspension(Block):
    """Accounts of a right that the authority suspends: they may receive and surrender, but nothing reaches another holder."""

    accounts: list[Text] = Field(min_length=1, description="Names of the accounts, as the journal has them.")
    day: Day = Field(description="First day of the suspension.")
    until: Day | None = Field(default=None, description="Day on which it is lifted; none = it stays.")


class Market(Block):
    """One right: its cap, how it is handed out, traded and surrendered."""

    instrument: Key = Field(description="What is traded, in configs/markets/.")
    cap: Amount | None = Field(default=None, description="Total of rights; none = as much as the rule hands out.")
    reserve: Share = Field(default="0%", ge=0, le=1, description="Share of the cap the government keeps back.")
    allocation: RuleChoice = Field(description="Rule by which rights are handed out free.")
    first_tranche: Share = Field(ge=0, le=1, description="Share of the last verified use handed out on the day of allocation.")
    auction: Auction | None = Field(default=None, description="Sale out of the reserve, if any.")
    offsets: Offsets | None = Field(default=None, description="Offsets, if any.")
    compliance: RuleChoice = Field(description="What happens on the day of surrender.")
    shortfall_price: Price = Field(gt=0, description="What one uncovered unit costs in the end; nobody pays more for a right.")
    price_band: Share = Field(gt=0, lt=1, description="Largest move of the price within a day.")
    first_price: Price = Field(gt=0, description="Reference price of the first session and first expectation.")
    regions: list[RegionName] | None = Field(
        default=None, description="Districts whose firms trade here, by code or full name; none = all of the region."
    )
    quiet_close: Literal["last", "quotes"] = Field(default="quotes", description="Reference price after a day without a trade: the last one, or the best one-sided quote.")
    tightening: Share = Field(default="0%", ge=-1, lt=1, description="Fall of free amounts from one compliance year to the next.")
    fee: Share = Field(default="0%", ge=0, lt=1, description="Fee of the venue, a share of the turnover, paid by either side.")
    search_cost: int = Field(default=0, ge=0, le=1_000_000, description="What finding a partner costs for each order, in CNY; an order that gains less is not sent.")
    position_limit: Share | None = Field(default=None, gt=0, le=1, description="Most anybody may hold, as a share of all rights; who must surrender may always hold half again its own need.")
    blocks: Blocks | None = Field(default=None, description="Block trades by negotiation, if any.")
    suspended: Suspension | None = Field(default=None, description="Accounts that may not give up rights for a time, if any.")
    correction: RuleChoice | None = Field(default=None, description="Correction of free amounts on verified use, if any.")
    entrants: RuleChoice | None = Field(default=None, description="What new entrants get free, out of the reserve where there is a cap, or must buy; without it they get nothing free.")
    stability: RuleChoice | None = Field(default=None, description="What the government buys and sells to steady the price, if anything.")
    consumption: RuleChoice | None = Field(default=None, description="Where set, the right counts what is consumed of a withdrawal, so that trade between uses is exchanged by consumption.")
    sale: RuleChoice | None = Field(default=None, description="What of a right its holder may sell; without it all of what it holds.")
    call_share: Share = Field(default="30%", ge=0, le=1, description="Share of the day's orders that meet in the opening call auction.")
    calendar: MarketCalendar = Field(description="Dates of the compliance year.")


class Link(Block):
    """A market outside whose rights may be used here, or ours there: it answers with its own marginal cost, price + amount sold / response."""

    market: Key = Field(description="Right of this scenario that the link is about.")
    by: RuleChoice = Field(description="Form of the link; its source is the partner, its target this market.")
    cap: Amount = Field(gt=0, description="Cap of the partner's market.")
    price: Price = Field(gt=0, description="Price of the partner's market without the link.")
    response: Amount = Field(gt=0, description="What the partner saves more when its price rises by 1 CNY per trading unit.")


class Favour(Block):
    """What some districts do for their own firms; `marketsim favours` lists every such lever with what it costs all."""

    regions: list[RegionName] = Field(min_length=1, description="Districts that favour their firms, by code or full name.")
    market: Key = Field(description="Right in which they do so.")
    free: Share = Field(default="100%", ge=0, le=10, description="Their firms' free amount over what the rule gives.")
    buys_outside: bool = Field(default=True, description="Whether their firms may buy rights of others.")


class Transfer(Block):
    """A rule that moves money between district governments, linked regions and the treasury."""

    by: RuleChoice = Field(description="Rule of transfers; recycling reads the run, the others a table.")
    table: Text | None = Field(default=None, description="What the rule reads, a line a case: packaged in configs/transfers/, or a CSV file beside the scenario.")


class Targets(Block):
    """Dual control: the city's total and intensity targets and how districts answer for them."""

    meter: Key = Field(description="Right whose meter dual control watches.")
    total: Amount = Field(gt=0, description="Most the city may use in the year.")
    intensity_cut: Share = Field(description="Yearly fall of use per GDP the city owes, from the base year on.")
    incentive_cut: Share | None = Field(default=None, description="Yearly fall of use per GDP that earns the incentive, if any: a district that reaches its part need not answer for its total where the assessment has `incentive_exempts`.")
    shared_by: RuleChoice = Field(description="Rule that splits the city's targets over districts.")
    assessment: RuleChoice = Field(description="Rule that scores districts.")
    consequences: RuleChoice | None = Field(default=None, description="What a grade means for the district in the next year, if anything.")
    ranking: RuleChoice | None = Field(default=None, description="Ranking of districts by weights of their functional zone, if any.")
    exclusions: RuleChoice | None = Field(default=None, description="Use that does not count against the total target, if any.")
    feedstock: dict[Key, Share] = Field(default={}, description="Share of a sector's use that becomes part of its products.")
    renewables: Share = Field(default="0%", ge=0, le=1, description="Share of the power used that is renewable this year.")
    renewables_before: Share = Field(default="0%", ge=0, le=1, description="The same in the base year.")
    today: RuleChoice | None = Field(default=None, description="Rule of today, against which the report says who gains and who loses.")
    measures_points: Share = Field(default="80%", ge=0, le=1, description="Share of the points for measures that districts get; not simulated.")


class Governments(Block):
    """What governments of districts do when their warning lights are not green, and which quota they trade with one another."""

    acts: list[Literal["tighten", "subsidise", "curtail"]] = Field(default=[], description="What they do, in this order: withhold free amounts, pay for measures, order output to be given up.")
    light: Literal["yellow", "red"] = Field(default="yellow", description="From which light on they act.")
    tighten: Share = Field(default="1%", ge=0, le=1, description="Share of the free amounts still to come that is withheld.")
    subsidy: Share = Field(default="50%", ge=0, le=1, description="Share of a measure's cost that is paid.")
    budget: Share = Field(default="0.1%", ge=0, le=1, description="Yearly budget for measures and quota, as a share of the district's value added.")
    trade: list[Key] = Field(default=[], description="Rights whose quota governments trade with one another at the end of each quarter.")


class Option(Block):
    """One thing the government can choose."""

    label: Title = Field(description="Name on screen.")
    set: dict[str, Any] = Field(description="Keys of the scenario and their values under this option.")


class Spread(Block):
    """What nobody controls, as a distribution over one key."""

    mean: Any = Field(default=None, description="Mean of a normal distribution.")
    sd: Any = Field(default=None, description="Standard deviation of a normal distribution.")
    low: Any = Field(default=None, description="Lower end.")
    mode: Any = Field(default=None, description="Most likely value.")
    high: Any = Field(default=None, description="Upper end.")
    values: list[Any] | None = Field(default=None, description="A list to choose from.")


class Runs(Block):
    """How many runs a study takes."""

    seeds: int = Field(default=20, ge=1, le=100_000, description="Replications of luck per option and future.")
    futures: int = Field(default=1, ge=1, le=100_000, description="Draws of the futures.")
    paired: bool = Field(default=True, description="Every option meets the same luck.")


class ReportChoice(Block):
    """What the report compares."""

    baseline: Key | None = Field(default=None, description="Option the others are measured against.")
    judge_by: list[Literal["cost", "equity", "attainment", "risk"]] = Field(
        default=["cost", "equity", "attainment", "risk"], description="Rows of the scorecard."
    )
    robustness: bool = Field(default=False, description="Whether the options are run again under other costs and availability of measures and other accounts.")


class Question(Block):
    """A whole scenario file."""

    marketsim: Literal[1] = Field(description="Version of this format.")
    title: Title = Field(description="Name of the scenario.")
    source: Text | None = Field(default=None, description="Where the question comes from.")
    look_at: Title | None = Field(default=None, description="What to look at in the result.")
    extends: Text | None = Field(default=None, description="Packaged scenario or path this one changes.")
    region: Text = Field(description="Packaged region, or a folder beside the file.")
    view: Key = Field(description="Which of the region's conflicting accounts to use.")
    scale: int = Field(default=1, ge=1, le=10_000, description="Multiplies the number of facilities; each is that much smaller.")
    copies: int = Field(default=1, ge=1, le=4_000, description="Cities like the region that share its markets: holders, use, caps, other totals and the fleet are so many times as many or as large.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Luck of a single run.")
    calendar: RunCalendar = Field(description="Days of the run; of its first compliance year where there are several.")
    years: int = Field(default=1, ge=1, le=30, description="Compliance years played one after another; what is banked or owed goes over.")
    activity: Activity = Field(description="Output.")
    firms: Firms = Field(description="Behaviour.")
    markets: dict[Key, Market] = Field(default={}, description="Rights that are traded.")
    links: dict[Key, Link] = Field(default={}, description="Markets elsewhere that ours is linked to.")
    favours: list[Favour] = Field(default=[], max_length=50, description="Levers by which districts favour their own firms, if any.")
    credit: RuleChoice | None = Field(default=None, description="Compliance record of firms that restricts their trade in the next year, if any.")
    transfers: dict[Key, Transfer] = Field(default={}, description="Payments between governments.")
    public_funds: Share = Field(default="1%", ge=0, le=1, description="Opening money of district governments as a share of value added, where there are transfers.")
    power: Power | None = Field(default=None, description="Electricity.")
    targets: Targets | None = Field(default=None, description="Dual control.")
    governments: Governments | None = Field(default=None, description="Governments of districts that act through the year; needs targets.")
    working_capital: Share = Field(default="10%", ge=0, description="Opening cash of a firm as a share of its value added.")
    options: dict[Key, Option] = Field(default={}, max_length=200, description="What the government can choose.")
    uncertainty: dict[str, Spread] = Field(default={}, max_length=200, description="What nobody controls.")
    runs: Runs = Field(default=Runs(), description="Size of a study.")
    report: ReportChoice = Field(default=ReportChoice(), description="What the report compares.")
