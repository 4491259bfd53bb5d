"""All tables of validation in order, as data, as Markdown and as JSON."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from marketsim.report.validation import dynamics, permits, pilots, power, traders, years
from marketsim.report.validation.check import Check

SCHEMA = "marketsim.validation/1"
MARKS = {True: "passes", False: "FAILS", None: "shown"}


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: `make` runs the engine; a `long` one is made on demand only. The source stands in the docstring of its file."""

    key: str
    en: str
    zh: str
    make: Callable[[], list[Check]]
    long: bool = False


TABLES = (
    Table(key="random-traders", en="Random traders (Gode and Sunder)", zh="零智能交易者", make=traders.random_traders),
    Table(key="lopsided", en="Random traders fail where schedules are lopsided (Cliff)", zh="不对称曲线下零智能失灵", make=traders.lopsided),
    Table(key="cliff-rule", en="Cliff's rule: shouts that do not stand, and shifts of demand and supply", zh="克利夫规则与供需移动", make=traders.cliff_rule),
    Table(key="learning", en="Learning traders (Cliff, Smith, Gjerstad and Dickhaut)", zh="学习型交易者", make=traders.learning),
    Table(key="bristol", en="Smith's market beside the Bristol Stock Exchange", zh="史密斯市场与布里斯托证券交易所", make=traders.bristol),
    Table(key="permits", en="One permit market", zh="单一许可市场", make=permits.one_market),
    Table(key="through-time", en="Banking and borrowing, the planner", zh="结转与预借（规划者）", make=permits.through_time),
    Table(key="links", en="Linked markets", zh="市场连接", make=permits.linked),
    Table(key="instruments", en="Prices against quantities, and a dominant firm", zh="价格与数量工具、主导企业", make=permits.instruments),
    Table(key="auctions", en="Two forms of permit auction", zh="两种许可拍卖方式", make=permits.auctions),
    Table(key="first-rule", en="The EPA's rule of 1993 and one price", zh="美国环保署1993年规则与统一价", make=permits.first_rule),
    Table(key="orders", en="The textbook market in orders, one year", zh="教科书市场（订单撮合，一年）", make=years.one_year),
    Table(key="borrowing", en="Borrowing by traders, two years", zh="交易者预借（两年）", make=years.borrowing),
    Table(key="banking", en="Banking by traders, four years", zh="交易者结转（四年）", make=years.banking, long=True),
    Table(key="gains", en="Gains realised by rational firms without frictions, four default markets", zh="无摩擦理性企业实现的收益", make=years.gains, long=True),
    Table(key="pilots", en="Two pilot markets by one mechanism, twenty seeds each", zh="两个试点市场，同一机制，各二十个种子", make=pilots.table, long=True),
    Table(key="grids", en="Dispatch over small grids", zh="小型电网出清", make=power.grids),
    Table(key="cases", en="Dispatch over PYPOWER's grids", zh="PYPOWER 标准电网", make=power.cases, long=True),
    Table(key="carbon-and-power", en="Carbon and power together", zh="碳与电联合", make=power.carbon_and_power),
    Table(key="market-power", en="Market power in closed form", zh="市场势力闭式解", make=power.market_power),
    Table(key="pivotal", en="Pivotal generators, fictitious play", zh="关键发电企业（虚拟对弈）", make=power.pivotal),
    Table(key="statistics", en="Statistics of returns on series with known answers", zh="收益统计量自检", make=dynamics.self_test),
    Table(key="bounce", en="Price changes of random traders", zh="零智能价格变动", make=dynamics.zero_intelligence),
    Table(key="dynamics", en="Price dynamics of a pilot market", zh="试点市场价格动态", make=dynamics.pilot, long=True),
)


def made(full: bool) -> Iterator[tuple[Table, list[Check]]]:
    """Each table with its checks as soon as it is there; long ones with `full` only."""
    for table in TABLES:
        if full or not table.long:
            yield table, table.make()


def markdown(table: Table, checks: list[Check], lang: str) -> str:
    """One table as Markdown."""
    lines = [f"## {table.zh if lang == 'zh' else table.en}", "", "| what | due | accepted | ours | |", "|---|---|---|---|---|"]
    lines += [f"| {one.name} | {one.due} | {one.accept} | {one.ours} | {MARKS[one.passed]} |" for one in checks]
    return "\n".join([*lines, ""])


def as_json(tables: list[tuple[Table, list[Check]]]) -> dict:
    """Everything as one record."""
    return {
        "schema": SCHEMA, **counted(tables),
        "tables": [{"key": table.key, "title": {"en": table.en, "zh": table.zh}, "checks": [asdict(one) for one in checks]} for table, checks in tables],
    }  # fmt: skip


def counted(tables: list[tuple[Table, list[Check]]]) -> dict[str, int]:
    """How many checks passed, failed, and are shown only."""
    verdicts = [one.passed for _, checks in tables for one in checks]
    return {"passed": verdicts.count(True), "failed": verdicts.count(False), "shown": verdicts.count(None)}
