"""What a report says besides figures: names, notices, what is not modelled, and how good the data are."""

from marketsim import resources
from marketsim.domain.grades import graded
from marketsim.simulation.power.audit import priced_twice
from marketsim.simulation.power.founding import grid_folder
from marketsim.simulation.world import World

NOT_MODELLED = (
    ("Closures and new plants within the year", "年内关停与新建"),
    ("Measurement error, falsified data, default of state-owned firms", "计量误差、数据造假与国企违约"),
    ("Household bills, jobs, tax revenue", "居民账单、就业与税收"),
    ("Local air quality and leakage to neighbouring provinces", "局地空气质量与向外省的泄漏"),
    ("Return flows and consumption coefficients of traded use", "交易用量的回归水与消耗系数"),
)


def about(world: World) -> dict:
    """Names in both languages and notices; holds no figure of the result."""
    setting = world.setting
    question, city = setting.question, setting.city
    code = str(city.districts[0].adcode // 10_000 * 10_000)
    regions = [
        {"key": str(region.adcode), "zh": region.name_zh, "en": region.name_en, "role": "linked" if region.linked else "district",
         "row": region.tile_row, "col": region.tile_col, "height": region.tile_height, "ring": region.ring}
        for region in city.regions
    ]  # fmt: skip
    regions.append({"key": code, "zh": city.name_zh, "en": city.name_en, "role": "city", "row": -1, "col": -1, "height": 0, "ring": ""})
    rights = [
        {"key": right.key, "zh": right.instrument.title_zh, "en": right.instrument.title_en, "trading_unit": right.instrument.trading_unit,
         "base_unit": right.instrument.base_unit, "base_per_unit": right.instrument.base_per_unit,
         "unit": {"zh": right.instrument.trading_unit, "en": right.instrument.trading_unit}, "counterfactual": right.instrument.counterfactual}
        for right in setting.rights
    ]  # fmt: skip
    return {
        "title": question.title.model_dump(), "city": code, "period": [question.calendar.start.isoformat(), question.calendar.end.isoformat()],
        "regions": regions, "rights": rights, "sectors": [{"key": sector.key, "zh": sector.name_zh, "en": sector.name_en} for sector in city.sectors],
        "not_modelled": [{"en": en, "zh": zh} for en, zh in NOT_MODELLED], "notices": _notices(world),
    }  # fmt: skip


def _notices(world: World) -> list[dict[str, str]]:
    notices = [{
        "en": "A measure settled before the verification counts for the whole compliance year.",
        "zh": "核查前确定的措施按全履约年度计算。",
    }]  # fmt: skip
    if world.setting.question.targets is not None:
        notices.append({
            "en": "District targets are computed by the chosen rule; none was ever published.", "zh": "各区目标由所选规则计算，官方从未公布。",
        })  # fmt: skip
    notices += [{"en": f"Priced twice: {rule.reason}.", "zh": f"重复计价：{rule.reason_zh}。"} for rule in priced_twice(world)]
    return notices


def sources(world: World) -> list[dict]:
    """How many numbers of each grade and source every data file behind the run holds."""
    setting = world.setting
    folders = [setting.city.folder]
    if setting.power is not None:
        folders.append(grid_folder(setting.question, setting.folder))
    counted = [(folder.name, grade) for folder in folders for grade in graded(folder)]
    if not (setting.city.folder / "measures.csv").exists():
        packaged = resources.path("configs", "measures")
        counted += [("measures", grade) for grade in graded(packaged) if grade.file == f"{setting.city.key}.csv"]
    return [
        {"file": f"{place}/{grade.file}", "source": grade.source, "grade": grade.quality, "verified": grade.verified, "numbers": grade.numbers}
        for place, grade in counted
    ]  # fmt: skip
