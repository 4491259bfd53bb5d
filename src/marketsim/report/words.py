"""The words of the report, Chinese and English side by side."""

from html import escape

WORDS = {
    "switch": ("English", "中文"),
    "counterfactual": ("反事实情景", "Counterfactual"),
    "verdict": ("结论", "Verdict"),
    "scorecard": ("记分卡", "Scorecard"),
    "districts": ("各区双控目标考核", "District targets and assessment"),
    "markets": ("各类权益的价格与成交量", "Price and volume of each right"),
    "benchmark": ("与完美市场对比", "Against a perfect market"),
    "power": ("电力", "Electricity"),
    "reconciliation": ("对账：每种资产合计为零", "Reconciliation: every asset sums to zero"),
    "grades": ("数据等级", "Data grades"),
    "limits": ("本次模拟不包含", "Not modelled"),
    "reproduce": ("复现本结果", "Reproduce this result"),
    "right": ("权益", "Right"),
    "cap": ("总量", "Cap"),
    "free": ("免费发放", "Handed out free"),
    "auctioned": ("拍卖", "Auctioned"),
    "offsets": ("抵销", "Offsets"),
    "use": ("使用量", "Used"),
    "surrendered": ("清缴", "Surrendered"),
    "banked": ("结转", "Banked"),
    "shortfall": ("缺口", "Uncovered"),
    "volume": ("成交量", "Traded"),
    "days_traded": ("有成交的天数", "Days with trades"),
    "price_mean": ("成交均价", "Mean price"),
    "price_last_quarter": ("最后一季均价", "Mean price, last quarter"),
    "price_least": ("最低成本价格", "Least-cost price"),
    "no_trade": ("不交易", "No trade"),
    "market": ("本次市场", "This market"),
    "least": ("完美市场", "Perfect market"),
    "cost": ("成本", "Cost"),
    "share_of_gain": ("实现的潜在收益比例", "Share of the possible gain realised"),
    "met": ("达标的区", "Districts that met their targets"),
    "price": ("价格", "Price"),
    "district": ("区", "District"),
    "total_target": ("总量目标", "Total target"),
    "total_actual": ("实际总量", "Total use"),
    "intensity_target": ("强度降幅目标", "Intensity cut owed"),
    "intensity_actual": ("实际强度降幅", "Intensity cut reached"),
    "light": ("预警灯", "Warning light"),
    "points": ("得分", "Points"),
    "grade": ("等级", "Grade"),
    "missed_mark": ("▼ 未完成或基本完成", "▼ missed or only basically met"),
    "account": ("账户", "Account"),
    "amount": ("数量", "Amount"),
    "account.firm": ("企业", "Firms"),
    "account.government": ("政府", "Governments"),
    "account.venue": ("交易场所", "Venues"),
    "account.issuer": ("发行方", "Issuer"),
    "account.treasury": ("财政", "Treasury"),
    "account.outside": ("外部", "Outside world"),
    "account.surrendered": ("已清缴", "Surrendered"),
    "account.cancelled": ("已注销", "Cancelled"),
    "account.lost": ("途中损失", "Lost on the way"),
    "account.used": ("已使用", "Used"),
    "asset.power": ("电能", "Electricity"),
    "asset.money": ("资金", "Money"),
    "sum": ("合计", "Sum"),
    "power.demand": ("用电量", "Demand"),
    "power.generation": ("发电量", "Generation"),
    "power.imports": ("外来电", "Imports"),
    "power.contracted": ("合同电量", "Contracted"),
    "power.unserved": ("未供电量", "Unserved"),
    "power.traded_share": ("市场化电量占比", "Share under contracts"),
    "power.contract_price": ("合同均价", "Mean contract price"),
    "official": ("官方", "official"),
    "literature": ("文献", "literature"),
    "estimate": ("估计", "estimate"),
    "source": ("来源", "Source"),
    "numbers": ("数字个数", "Numbers"),
    "nothing": ("本次没有数据", "Nothing to show in this run"),
    "seed": ("随机种子", "seed"),
    "digest": ("结果摘要", "digest"),
    "version": ("代码版本", "code"),
}


def both(zh: str, en: str) -> str:
    """HTML of a text in both languages, of which the page shows one; markup in the texts is escaped."""
    return f'<span lang="zh">{escape(zh)}</span><span lang="en">{escape(en)}</span>'


def word(key: str) -> str:
    """HTML of one of the words above. Raises KeyError for a word that is not in the table."""
    return both(*WORDS[key])


def pair(named: dict) -> tuple[str, str]:
    """The (Chinese, English) names of a record that carries `zh` and `en`."""
    return named["zh"], named["en"]
