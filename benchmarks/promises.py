"""The table of promises, made from what the campaigns left in `benchmarks/promises/`: docs/promises.md, its Chinese twin, and the README's part.

    python benchmarks/promises.py    # after the campaigns; nothing in the table is typed by hand
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "benchmarks" / "promises"
BEGIN, END = "<!-- promises: made by `make promises` -->", "<!-- end of promises -->"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: a record (or several, added up), what it counts, how many are promised, and what it does not cover."""

    records: tuple[str, ...]
    en: str
    zh: str
    target: float
    not_en: str
    not_zh: str
    percent: bool = False


ROWS = (
    Row(records=("orders",), en="random order events, compiled core = plain engine", zh="随机订单事件：编译内核与参考引擎一致", target=1_000_000,
        not_en="venues of other exchanges", not_zh="其他交易所的规则"),
    Row(records=("steps",), en="random steps over ledger and store, every invariant after every step", zh="账本与存储的随机步骤，每步检查全部不变量", target=200_000,
        not_en="several processes at one step", not_zh="同一步内的多进程"),
    Row(records=("trades",), en="trades settled in the ledger, to the unit and the fen", zh="经账本结算的成交，精确到一单位、一分", target=100_000_000,
        not_en="auctions and blocks (in the stress run)", not_zh="拍卖与大宗（见压力运行）"),
    Row(records=("planted",), en="bugs planted in ledger, settlement, compliance and matching, caught", zh="在账本、结算、履约与撮合中植入并被发现的错误", target=20,
        not_en="bugs nobody thought of: the two lines below", not_zh="无人想到的错误：见下两行"),
    Row(records=("mutation_ledger",), en="mutation score of the ledger, %", zh="账本的变异得分，%", target=90, percent=True, not_en="equivalent mutants count as missed", not_zh="等价变异按未发现计"),
    Row(records=("mutation_matching",), en="mutation score of matching, %", zh="撮合的变异得分，%", target=90, percent=True, not_en="equivalent mutants count as missed", not_zh="等价变异按未发现计"),
    Row(records=("stress",), en="random scenarios played under the auditor, every day", zh="由审计器逐日检查的随机情景", target=100, not_en="large cities (two invented ones)", not_zh="大城市（用两座虚构城市）"),
    Row(records=("kills_worker", "kills_supervisor", "kills_dask"), en="processes killed at random moments, nothing lost or doubled", zh="随机时刻杀死进程，无丢失、无重复", target=200,
        not_en="power loss under a disk that lies", not_zh="磁盘谎报写入时的断电"),
    Row(records=("faults",), en="writes, flushes, renames that fail (ENOSPC, EIO, EINTR, EDQUOT, EFBIG, read-only)", zh="失败的写入、刷盘、改名（空间不足、输入输出错误、中断、配额、文件过大、只读）", target=500,
        not_en="network file systems, Windows", not_zh="网络文件系统、Windows"),
    Row(records=("corruption",), en="damaged result files: found, named, recomputed or refused", zh="损坏的结果文件：发现、指名、重算或拒绝", target=10_000,
        not_en="a forger who rewrites data, hashes and journal consistently", not_zh="能一致改写数据、哈希与流水账的伪造者"),
    Row(records=("bad_inputs",), en="bad inputs on the command line: no traceback, hang or escape", zh="命令行的错误输入：无回溯、无卡死、不越界写文件", target=3_000, not_en="the screen (tests/report)", not_zh="界面（见 tests/report）"),
    Row(records=("fuzz",), en="fuzzed inputs of loader, result reader and CSV importers", zh="对加载器、结果读取器与 CSV 导入器的模糊测试", target=3_000_000, not_en="DuckDB's and pandas' own parsers", not_zh="DuckDB 与 pandas 自身的解析器"),
    Row(records=("digests",), en="digests equal: scenarios × workers × hash seeds × Pythons", zh="摘要一致：情景 × 工作进程数 × 哈希种子 × Python 版本", target=180, not_en="ARM, macOS, Windows", not_zh="ARM、macOS、Windows"),
    Row(records=("lab",), en="lab tests at 500 fresh problems a kind, against independent checks", zh="实验室测试：每类 500 道新题，与独立算法核对", target=100, not_en="problems beyond the size of the lab page", not_zh="超出实验室页规模的问题"),
    Row(records=("coverage_core",), en="branch coverage of ledger, matching and store, %", zh="账本、撮合与存储的分支覆盖率，%", target=100, percent=True, not_en="—", not_zh="—"),
    Row(records=("coverage",), en="branch coverage of the package, %", zh="全部代码的分支覆盖率，%", target=92, percent=True, not_en="—", not_zh="—"),
)  # fmt: skip
HEADS = {
    "en": ("promise", "wanted", "reached", "went wrong", "took", "when, on what", "command", "not covered"),
    "zh": ("承诺", "目标", "达到", "出错", "用时", "日期与版本", "命令", "未覆盖"),
}
INTRO = {
    "en": """# Promises

Policy money rides on the numbers. What marketsim promises is checked by campaigns that anybody can repeat; each leaves a record with its figure, its
time and the code it ran on, and `make promises` makes this page from the records. Nothing here is typed by hand; a line without a record says so.

* **Conserved**: every posting moves a positive whole amount from one account to another under a table of allowed moves (default deny); what was surrendered
  or cancelled never moves; an account can be suspended (`markets.KEY.suspended`); `marketsim trace` tells who held which units and when.
* **Deterministic**: the same scenario, seed and code give the same bytes; `marketsim verify` checks hashes and digest and posts the journal again.
* **Hard to break**: a run is on the disk whole or not at all; damage is found on reading; a bad file gets one line a problem.

""",
    "zh": """# 承诺

政策资金取决于这些数字。marketsim 的承诺由任何人都能重复的测试活动检验；每次活动留下数值、用时与代码版本的记录，`make promises` 由记录生成本页。
没有一个数字是手写的；没有记录的行会注明。

* **守恒**：每笔记账按允许划转表（默认拒绝）在两个账户间移动正整数数量；已清缴、已注销的不再移动；账户可被暂停（`markets.KEY.suspended`）；`marketsim trace` 查询谁在何时持有。
* **可复现**：同一情景、种子与代码给出相同字节；`marketsim verify` 核对哈希与摘要，并重放流水账。
* **不易损坏**：一次运行要么完整写入，要么不存在；损坏在读取时被发现；错误的文件逐条说明问题。

""",
}
OUTRO = {
    "en": "\nNot covered at all: power loss under a disk that acknowledges what it did not write, more than one machine at once, Windows, macOS and ARM. Honest scale: "
          "these are hours on two cores, not the machine-years of the best-tested databases. Fuzzing needs atheris (the extra `fuzz`), which no lock holds "
          "because it has no wheel for every Python.\n",
    "zh": "\n完全未覆盖：磁盘谎报写入时的断电、多机同时运行、Windows、macOS 与 ARM。规模如实说明：这是两个核心上的若干小时，而不是最受检验的数据库的机器年。模糊测试需要 atheris（附加项 `fuzz`），它并非对每个 Python 版本都有安装包，故不在锁定文件中。\n",
}  # fmt: skip


def together(row: Row) -> dict | None:
    """The records of a row as one; None where one is missing."""
    found = []
    for name in row.records:
        try:
            found.append(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
    told = {key: sum(one[key] for one in found) for key in ("figure", "wrong", "seconds")}
    return told | {key: found[-1][key] for key in ("date", "commit")} | {"command": "; ".join(one["command"] for one in found)}


def number(value: float) -> str:
    """1234567 as 1,234,567; a share with one decimal."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def line(row: Row, lang: str) -> str:
    """One line of the table."""
    told, head = together(row), (row.en if lang == "en" else row.zh, number(row.target))
    rest = (row.not_en if lang == "en" else row.not_zh,)
    if told is None:
        return "| " + " | ".join((*head, "not recorded" if lang == "en" else "无记录", "", "", "", "", *rest)) + " |"
    command = told["command"].replace("|", "\\|")
    cells = (number(told["figure"]), str(told["wrong"]), f"{told['seconds']:,.0f} s", f"{told['date']}, {told['commit']}", f"`{command}`")
    return "| " + " | ".join((*head, *cells, *rest)) + " |"


def page(lang: str) -> str:
    """The whole page."""
    head = ["| " + " | ".join(HEADS[lang]) + " |", "|---|--:|--:|--:|--:|---|---|---|"]
    return INTRO[lang] + "\n".join(head + [line(row, lang) for row in ROWS]) + "\n" + OUTRO[lang]


def short() -> str:
    """The README's part: what was promised, what was reached, what went wrong."""
    lines = ["| promise | wanted | reached | went wrong | took |", "|---|--:|--:|--:|--:|"]
    for row in ROWS:
        told = together(row)
        cells = (number(told["figure"]), str(told["wrong"]), f"{told['seconds']:,.0f} s") if told else ("not recorded", "", "")
        lines.append("| " + " | ".join((row.en, number(row.target), *cells)) + " |")
    return "\n".join((BEGIN, *lines, END))


def pages() -> dict[Path, str]:
    """Every file that the records make, with its text."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return {ROOT / "docs" / "promises.md": page("en"), ROOT / "docs" / "promises.zh.md": page("zh"), ROOT / "README.md": before + short() + after}


def main() -> int:
    """Write them."""
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
