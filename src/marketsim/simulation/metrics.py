"""The dictionary of metrics: every name a run reports, its unit and what it means in both languages.

`R` stands for the key of a right, `A` for an asset of the ledger, `K` for a kind of account. Units: `base` is the right's base
unit, `price` CNY per trading unit of the right.
"""

METRICS: dict[str, tuple[str, str, str]] = {
    "R.cap": ("base", "Total of rights of the year; absent where none is fixed.", "年度权利总量；未设定时缺省。"),
    "R.free": ("base", "Handed out free for the year, true-up included.", "全年免费发放量（含事后调整）。"),
    "R.first_tranche": ("base", "Handed out in the first tranche.", "首批发放量。"),
    "R.true_up": ("base", "Free amount less first tranche; below zero rights were taken back.", "免费量减首批；负数为收回。"),
    "R.auctioned": ("base", "Sold by the government in its auction.", "政府拍卖成交量。"),
    "R.auction_price": ("price", "Clearing price of the auction, 0 where nothing was sold.", "拍卖成交价；未成交为0。"),
    "R.issued": ("base", "Units ever issued, net of what was taken back.", "累计发放（扣除收回）。"),
    "R.offsets": ("base", "Offsets surrendered.", "抵销量。"),
    "R.offsets_bought": ("base", "Offsets bought.", "购入的抵销量。"),
    "R.use": ("base", "Verified use; of the city: of covered holders.", "核定用量；全市为纳入主体合计。"),
    "R.saved": ("base", "Saved by measures taken, covered holders.", "措施节约量（纳入主体）。"),
    "R.surrendered": ("base", "Rights surrendered.", "清缴量。"),
    "R.banked": ("base", "Rights carried into the next year by holders.", "结转下年量。"),
    "R.cancelled": ("base", "Rights cancelled, unsold reserve included.", "注销量（含未售出的储备）。"),
    "R.unsold": ("base", "Of the reserve, what was not sold and lapsed.", "未售出而失效的储备量。"),
    "R.unissued": ("base", "Of the cap, what no rule handed out.", "总量中未发放部分。"),
    "R.shortfall": ("base", "Use that nothing covered.", "未履约缺口。"),
    "R.owed": ("base", "Obligation carried into the next year.", "转入下年的义务。"),
    "R.held": ("base", "Rights held at the end of the run.", "期末持有量。"),
    "R.net_bought": ("base", "Bought less sold in the market.", "净买入量。"),
    "R.price_mean": ("price", "Volume-weighted price of the year.", "全年成交加权均价。"),
    "R.price_last_quarter": ("price", "Mean of the daily reference prices of the last three months.", "末三个月每日参考价均值。"),
    "R.price_least": ("price", "Price of the perfect market: middle of the planner's dual interval.", "完美市场价格（规划对偶区间中点）。"),
    "R.price_least_low": ("price", "Lower end of the planner's dual interval.", "规划对偶区间下端。"),
    "R.price_least_high": ("price", "Upper end of the planner's dual interval.", "规划对偶区间上端。"),
    "R.volume": ("base", "Traded in the sessions of the market.", "市场场内成交量。"),
    "R.blocks": ("base", "Traded in blocks by negotiation.", "大宗协议成交量。"),
    "R.turnover": ("fen", "Money of those trades.", "市场成交额。"),
    "R.days_traded": ("days", "Days with a trade.", "有成交的天数。"),
    "R.days_open": ("days", "Days on which a session was held.", "开市天数。"),
    "R.power_metered": ("base", "What generation turned on this right's meter.", "发电对该权利计量表的读数。"),
    "R.released": ("base", "Sold by the government in sessions to hold the price down.", "政府为平抑价格在场内投放量。"),
    "R.bought_back": ("base", "Bought by the government in sessions to hold the price up.", "政府为托底价格在场内回购量。"),
    "R.released_income": ("fen", "What the government took for it.", "投放所得。"),
    "R.bought_back_cost": ("fen", "What the government paid for it.", "回购支出。"),
    "R.for_entrants": ("base", "Handed out to new entrants out of the reserve.", "由预留发放给新入企业的数量。"),
    "R.corrected_up": ("base", "Added to free amounts on verified use.", "按核定用量增发。"),
    "R.corrected_down": ("base", "Taken off free amounts on verified use.", "按核定用量扣减。"),
    "R.returned": ("base", "What flowed back of the withdrawals of covered holders.", "纳入主体取用后的回归量。"),
    "cost.no_trade": ("fen", "Outlay if every holder had only its own rights.", "无交易时的总支出。"),
    "cost.market": ("fen", "Outlay in this run: measures, offsets, penalties, auction at its reserve price.", "本次运行总支出：措施、抵销、罚缴、按底价计的拍卖款。"),
    "cost.least": ("fen", "Outlay in a perfect market.", "完美市场的总支出。"),
    "cost.share_of_gain": ("1", "Share of the possible gain from trade that was realised; absent where there is none.", "已实现的交易收益比例；无收益时缺省。"),
    "cost.banked": ("fen", "Rights carried into the next year at the planner's price; the share of the gain counts them as kept.", "结转权利按规划价格计的价值；计算收益比例时视为留存。"),
    "cost.measures": ("fen", "Spent on measures.", "措施支出。"),
    "cost.standing": ("fen", "Yearly cost of measures taken in earlier years of the run; the shares of the gain leave it out.", "本次运行以前年度所采措施的年成本；收益比例不计入。"),
    "cost.offsets": ("fen", "Spent on offsets.", "抵销支出。"),
    "cost.penalties": ("fen", "Fines paid.", "罚款。"),
    "power.demand": ("kWh", "Power used.", "用电量。"),
    "power.generation": ("kWh", "Power generated or imported.", "发电及外来电量。"),
    "power.imports": ("kWh", "Of it, from units outside the city's districts.", "其中外来电量。"),
    "power.unserved": ("kWh", "Load that could not be met.", "未满足负荷。"),
    "power.contracted": ("kWh", "Under annual and monthly contracts.", "年度与月度合同电量。"),
    "power.traded_share": ("1", "Contracts over use.", "市场化电量占比。"),
    "power.contract_price": ("CNY/MWh", "Mean price of contracts.", "合同均价。"),
    "assess.total_target": ("base", "Total target of the district.", "区总量目标。"),
    "assess.total_actual": ("base", "Use of the district.", "区用量。"),
    "assess.intensity_target": ("percent", "Fall of intensity asked for.", "强度降幅目标。"),
    "assess.intensity_actual": ("percent", "Fall of intensity reached.", "强度实际降幅。"),
    "assess.points": ("points", "Points of the assessment.", "考核得分。"),
    "assess.grade": ("grade", "0 missed, 1 basically met, 2 met, 3 exceeded.", "0未完成 1基本完成 2完成 3超额完成。"),
    "assess.light": ("light", "Last warning light: 0 green, 1 yellow, 2 red.", "最后一次预警灯：0绿1黄2红。"),
    "assess.missed": ("districts", "Districts that missed.", "未完成的区数。"),
    "R.governments_bought": ("base", "Quota the district's government bought from other governments.", "区政府向其他区政府购入的指标。"),
    "govern.tightened": ("base", "Free amounts the district's government withheld.", "区政府扣留的免费数量。"),
    "govern.subsidised": ("fen", "Paid by the district's government for measures.", "区政府的措施补贴。"),
    "govern.curtailed": ("base", "Saved by output given up on the government's order.", "责令减产节约量。"),
    "reconcile.A.K": ("asset", "Final balance of all accounts of a kind; the rows of an asset sum to zero.", "某类账户期末余额；同一资产各行合计为零。"),
}


def declared(name: str, keys: tuple[str, ...]) -> str | None:
    """The entry of `METRICS` a reported name belongs to, given the keys of the rights; None when it is not declared."""
    if name in METRICS:
        return name
    head, _, tail = name.partition(".")
    if head in keys and f"R.{tail}" in METRICS:
        return f"R.{tail}"
    return "reconcile.A.K" if head == "reconcile" and name.count(".") >= 2 else None
