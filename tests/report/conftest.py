"""A page of a made-up city, with every section filled: figures are invented, their shape is that of a run."""

import copy
from datetime import date, timedelta

import pytest

NAMES = "和平 河东 河西 南开 河北区 红桥 东丽 西青 津南 北辰 武清 宝坻 滨海新区 宁河 静海 蓟州".split()
LATIN = "Heping Hedong Hexi Nankai Hebei-qu Hongqiao Dongli Xiqing Jinnan Beichen Wuqing Baodi Binhai Ninghe Jinghai Jizhou".split()
CELLS = [(3, 3), (3, 4), (4, 3), (4, 2), (2, 3), (3, 2), (2, 4), (3, 1), (4, 4), (2, 2), (1, 2), (1, 3), (1, 5), (1, 4), (4, 1), (0, 3)]
RIGHTS = [
    ("air", "碳配额", "Carbon", "t", 1000, "CNY/t", "kg", 21.37, False),
    ("fuel", "用能权", "Energy-use rights", "tce", 1000, "CNY/tce", "kgce", 44.2, True),
    ("flow", "用水权", "Water-use rights", "m3", 1000, "CNY/m3", "litre", 0.912, True),
]


def _figures() -> dict:
    city: dict = {
        "cost.no_trade": [182_340_000_000, "fen"], "cost.market": [121_110_000_000, "fen"], "cost.least": [108_900_000_000, "fen"],
        "cost.share_of_gain": [0.8338, "1"], "power.demand": [87_500_000_000, "kWh"], "power.contract_price": [365.5, "CNY/MWh"], "power.traded_share": [0.3, "1"],
    }  # fmt: skip
    for n, (key, *_, price, base, level, _counterfactual) in enumerate(RIGHTS):
        amounts = {"cap": 75, "free": 70.5, "auctioned": 1.5, "use": 73.2, "surrendered": 71.9, "banked": 0.4, "shortfall": 0.8 * (n == 1)}
        city |= {f"{key}.{name}": [round(value * 10**9), base] for name, value in amounts.items()}
        city |= {f"{key}.price_{name}": [level * times, price] for name, times in
                 {"mean": 0.97, "last_quarter": 1.08, "least": 1.0, "least_low": 0.98, "least_high": 1.05}.items()}  # fmt: skip
        city |= {f"{key}.volume": [4_200_000_000 + n, base], f"{key}.days_traded": [151 + n, "days"]}
        city |= {f"reconcile.{key}/2020.{name}": [amount, base] for name, amount in
                 {"issuer": -72_300_000_000, "surrendered": 71_900_000_000, "firm": 400_000_000}.items()}  # fmt: skip
    city |= {"reconcile.money.firm": [510, "fen"], "reconcile.money.treasury": [-510, "fen"], "reconcile.money.lost": [0, "fen"],
             "reconcile.air-offset/2020.issuer": [-7, "kg"], "reconcile.air-offset/2020.surrendered": [7, "kg"]}
    figures = {"120000": city}
    for n in range(16):
        figures[str(120101 + n)] = {
            "assess.total_target": [10**9 * (n + 1), "kgce"], "assess.total_actual": [10**9 * (n + 1) + 10**7 * (n - 8), "kgce"],
            "assess.intensity_target": [3.2, "percent"], "assess.intensity_actual": [4.1 - 0.2 * n, "percent"],
            "assess.points": [98.5 - 3 * n, "points"], "assess.grade": [max(0, 3 - n // 4), "grade"],
            "assess.light": [n % 3, "light"],
        }  # fmt: skip
    return figures


def _series() -> dict:
    days = [date(2020, 9, 1) + timedelta(days=n) for n in range(303)]
    days = [day for day in days if day.weekday() < 5]
    lines = {}
    for n, (key, *_, price, base, level, _counterfactual) in enumerate(RIGHTS):
        traded = days[:: 1 + n]
        walk = [level * (1 + 0.2 * ((i * 37 % 23) / 23 - 0.5) + i / len(traded) * 0.1) for i in range(len(traded))]
        volume = [10**6 * ((i * 53) % 31) * (1 + 9 * (i > 0.85 * len(days))) for i in range(len(days))]
        lines[f"{key}.price"] = {"120000": {"unit": price, "dates": [str(d) for d in traded], "values": walk}}
        lines[f"{key}.volume"] = {"120000": {"unit": base, "dates": [str(d) for d in days], "values": volume}}
    return lines


def _page() -> dict:
    regions = [
        {"key": str(120101 + n), "zh": zh, "en": en, "role": "district", "row": row, "col": col, "height": 4 if zh == "滨海新区" else 1}
        for n, (zh, en, (row, col)) in enumerate(zip(NAMES, LATIN, CELLS, strict=True))
    ]
    regions += [{"key": "110000", "zh": "北京市", "en": "Beijing", "role": "linked", "row": 1, "col": 0, "height": 1},
                {"key": "120000", "zh": "示例市", "en": "Example city", "role": "city", "row": -1, "col": -1, "height": 0},
                {"key": "130000", "zh": "河北省", "en": "Hebei", "role": "linked", "row": 4, "col": 0, "height": 1}]  # fmt: skip
    rights = [{"key": key, "zh": zh, "en": en, "trading_unit": unit, "base_per_unit": base, "counterfactual": unreal}
              for key, zh, en, unit, base, *_, unreal in RIGHTS]  # fmt: skip
    return {
        "schema": "marketsim.report/1",
        "run": {"name": "example", "hash": "0123abcd", "seed": 1, "option": "base", "future": "base", "code": "0.1.0+abc",
                "digest": "sha256:" + "ab" * 32, "command": "marketsim run example.yaml --seed 1"},
        "about": {"title": {"zh": "示例市：总量控制下的三种权益", "en": "Example city: three rights under their caps"},
                  "city": "120000", "period": ["2020-09-01", "2021-06-30"], "regions": regions, "rights": rights,
                  "notices": [], "not_modelled": [{"zh": "居民取暖费", "en": "Household heating bills"}]},
        "sources": [{"file": "regions.csv", "source": "Census 2020", "grade": "official", "numbers": 41},
                    {"file": "cells.csv", "source": "Shares by judgement", "grade": "estimate", "numbers": 288},
                    {"file": "measures.csv", "source": "Journal articles", "grade": "literature", "numbers": 80}],
        "figures": _figures(), "series": _series(),
    }  # fmt: skip


@pytest.fixture
def page() -> dict:
    return copy.deepcopy(_page())
