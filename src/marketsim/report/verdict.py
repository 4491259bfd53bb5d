"""The sentences a report opens with, computed from its figures, and careful about what one run can say.

They speak of these assumptions and this run only. They forecast nothing and recommend nothing: one run cannot tell two
options apart, and the sentence that says so is always there.
"""

from collections.abc import Mapping

from marketsim.report.figures import difference, show

Sentence = tuple[str, str]
"""Chinese, English."""

REACHED = 2
"""Lowest grade that counts as met: 0 missed, 1 basically met, 2 met, 3 exceeded."""


def verdict(page: Mapping) -> list[Sentence]:
    """Every sentence that the figures of a page allow, most important first."""
    city = page["figures"].get(page["about"]["city"], {})
    parts = (_gain(city), _targets(page), _prices(page, city), _shortfalls(page, city), _caution(page))
    return [sentence for part in parts for sentence in part]


def districts_met(page: Mapping) -> tuple[int, int] | None:
    """(districts that met their targets, districts assessed), or None where none was assessed."""
    grades = [page["figures"].get(r["key"], {}).get("assess.grade") for r in districts(page)]
    grades = [grade[0] for grade in grades if grade]
    return (sum(grade >= REACHED for grade in grades), len(grades)) if grades else None


def districts(page: Mapping) -> list[Mapping]:
    """The districts of the city, in the order of the region's data."""
    return [region for region in page["about"]["regions"] if region["role"] == "district"]


def official_share(page: Mapping) -> tuple[int, int]:
    """(official numbers, all numbers) among the data sources."""
    counts = [(source["numbers"], source["grade"]) for source in page["sources"]]
    return sum(n for n, grade in counts if grade == "official"), sum(n for n, _ in counts)


def _gain(city: Mapping) -> list[Sentence]:
    if not {"cost.no_trade", "cost.market", "cost.least"} <= city.keys():
        return []
    (none, unit), (market, _), (least, _) = (city[f"cost.{name}"] for name in ("no_trade", "market", "least"))
    cost, apart = show(market, unit, 3), difference(none, market, unit)
    than = ("低", "less") if market <= none else ("高", "more")
    zh = f"在这些假设下，本次市场的履约成本为{cost[0]}，比不交易{than[0]}{apart[0]}"
    en = f"Under these assumptions compliance in this market cost {cost[1]}, {apart[1]} {than[1]} than without trade"
    if "cost.share_of_gain" in city:
        share, most = show(city["cost.share_of_gain"][0], "1", 2), difference(none, least, unit)
        zh += f"；完美市场可节省{most[0]}，本次实现了其中的{share[0]}"
        en += f"; a perfect market would save {most[1]}, of which it realised {share[1]}"
    return [(zh + "。", en + ".")]


def _targets(page: Mapping) -> list[Sentence]:
    met = districts_met(page)
    if met is None:
        return []
    missed = [r for r in districts(page) if page["figures"].get(r["key"], {}).get("assess.grade", [REACHED])[0] < REACHED]
    zh, en = f"{met[1]}个区中有{met[0]}个完成目标", f"{met[0]} of {met[1]} districts meet their targets"
    if missed:
        zh += "；未达到“完成”的是" + "、".join(r["zh"] for r in missed)
        en += "; short of them are " + ", ".join(r["en"] for r in missed)
    return [(zh + "（各区目标为合成数据，不构成排名）。", en + " (district targets are synthetic; this is no ranking).")]


def _prices(page: Mapping, city: Mapping) -> list[Sentence]:
    zh, en = [], []
    for right in page["about"]["rights"]:
        last, least = (city.get(f"{right['key']}.price_{name}") for name in ("last_quarter", "least"))
        if last and least:
            (last_zh, last_en), (least_zh, least_en) = show(*last, 3), show(*least, 3)
            zh.append(f"{right['zh']}{last_zh}（最低成本价格{least_zh}）")
            en.append(f"{right['en']} {last_en} (least-cost price {least_en})")
    return [("最后一季均价：" + "，".join(zh) + "。", "Mean prices of the last quarter: " + ", ".join(en) + ".")] if zh else []


def _shortfalls(page: Mapping, city: Mapping) -> list[Sentence]:
    known = [(right, city[f"{right['key']}.shortfall"]) for right in page["about"]["rights"] if f"{right['key']}.shortfall" in city]
    short = [(right, show(*figure, 3)) for right, figure in known if figure[0] > 0]
    if short:
        zh = "，".join(f"{right['zh']}{amount[0]}" for right, amount in short)
        en = ", ".join(f"{right['en']} {amount[1]}" for right, amount in short)
        return [(f"未清缴的缺口：{zh}。", f"Left uncovered at surrender: {en}.")]
    return [("所有清缴义务均已履行。", "Every obligation was covered at surrender.")] if known else []


def _caution(page: Mapping) -> list[Sentence]:
    official, numbers = official_share(page)
    zh = "这是一次运行、一个随机种子：单凭它，方案之间无法区分"
    en = "This is one run with one seed: from it alone, options cannot be told apart"
    if numbers:
        share = show(official / numbers, "1", 2)
        zh, en = f"{zh}。输入数据中{share[0]}为官方数据", f"{en}. {share[1]} of the inputs are official"
    return [(zh + "。", en + ".")]


