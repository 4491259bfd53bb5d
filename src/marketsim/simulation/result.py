"""What a run leaves behind: summary rows, series, the journal, data grades, and what a report needs besides figures."""

from dataclasses import dataclass

import numpy as np
import pandas

from marketsim.domain.accounts import KIND_NAMES, MOVE_NAMES
from marketsim.markets.metering import metered
from marketsim.simulation.law import govern
from marketsim.simulation.about import about, sources
from marketsim.simulation.benchmark import Benchmark, compare
from marketsim.simulation.comply import verified_use
from marketsim.simulation.hand_out import most_free
from marketsim.simulation.judge import by_district
from marketsim.simulation.law.rows import law_rows
from marketsim.simulation.power.result import power_rows, power_series
from marketsim.simulation.right import Right
from marketsim.simulation.told import Told, told
from marketsim.simulation.world import World

Row = tuple[str, str, str, int | float]


@dataclass(frozen=True, kw_only=True)
class Result:
    """`summary` rows (region, metric, unit, value); `series` and `journal` frames; `report` names and notices; `sources`."""

    summary: list[Row]
    series: pandas.DataFrame
    journal: pandas.DataFrame
    report: dict
    sources: list[dict]


def result(world: World) -> Result:
    """Everything the run reports; reads the world and changes nothing."""
    benchmark = compare(world) if world.setting.rights else None
    rows: list[Row] = []
    found = told(world)
    for right in world.setting.rights:
        rows += _right_rows(world, right, benchmark, found)
        rows += _right_district_rows(world, right, found)
    rows += law_rows(world, city_code(world)) + govern.rows(world)
    rows += _cost_rows(world, benchmark) + power_rows(world, city_code(world)) + _assessment_rows(world) + _reconciliation(world)
    return Result(summary=rows, series=series(world), journal=journal(world), report=about(world), sources=sources(world))


def city_code(world: World) -> str:
    """Adcode of the whole city: the first four digits of its districts'."""
    return str(world.setting.city.districts[0].adcode // 10_000 * 10_000)


def _right_rows(world: World, right: Right, benchmark: Benchmark, found: Told) -> list[Row]:
    state, ledger, firms = world.state, world.ledger, len(world.setting.firms.id)
    covered = world.setting.firms.covered[right.index]
    settled, held = state.settled[right.key], ledger.held(right.asset)
    auctions = [row for row in state.readings if row[:2] == ("auction", right.key)]
    use = verified_use(world, right)
    base = {
        "free": state.final[right.index].sum(), "first_tranche": found.issued_first[right.index], "issued": -held[ledger.accounts.index("issuer")],
        "auctioned": sum(row[3] for row in auctions), "use": use[covered].sum(), "saved": (state.metered[right.index] - use)[covered].sum(),
        "surrendered": held[ledger.accounts.index("surrendered")], "banked": settled.bank_allowed.sum(),
        "cancelled": held[ledger.accounts.index("cancelled")], "unsold": found.lapsed[right.index], "shortfall": settled.shortfall.sum(),
        "owed": state.owed[right.index].sum(), "held": held[:firms].sum(),
        "offsets": settled.offsets_used.sum(), "offsets_bought": state.offsets_sold[right.index],
        "volume": sum(row[3] for row in _days(world, right)) * right.instrument.lot_base,
        "blocks": sum(row[3] for row in state.blocks if row[1] == right.key) * right.instrument.lot_base,
    }  # fmt: skip
    base["true_up"] = base["free"] - base["first_tranche"]
    if right.market.cap is not None:
        base["cap"] = int(right.market.cap.value)
        base["unissued"] = most_free(world.setting, right) - int(base["free"])
    if world.setting.power is not None:
        fleet = world.setting.power.fleet
        base["power_metered"] = metered(state.generation, fleet.meter_per_gwh)[right.index].sum()
    city, unit = city_code(world), right.instrument.base_unit
    rows: list[Row] = [(city, f"{right.key}.{name}", unit, int(value)) for name, value in base.items()]
    return rows + _price_rows(world, right, benchmark)


def _price_rows(world: World, right: Right, benchmark: Benchmark) -> list[Row]:
    instrument, city = right.instrument, city_code(world)
    unit = f"CNY/{instrument.trading_unit}"
    days = _days(world, right)
    lots, turnover = sum(row[3] for row in days), sum(row[4] for row in days)
    last = [row[2] for row in days if _months_before_end(world, row[0]) < 3]
    auctions = [row[2] for row in world.state.readings if row[:2] == ("auction", right.key)]
    prices = {
        "price_mean": turnover / (100 * lots * instrument.units_per_lot) if lots else instrument.price_cny(int(world.state.close_tick[right.index])),
        "price_last_quarter": instrument.price_cny(sum(last)) / max(len(last), 1),
        "price_least": float(benchmark.plan.price[right.index]),
        "price_least_low": float(benchmark.plan.price_low[right.index]),
        "price_least_high": float(benchmark.plan.price_high[right.index]),
    }
    if right.market.auction is not None:
        prices["auction_price"] = float(auctions[0]) if auctions else 0.0
    rows: list[Row] = [(city, f"{right.key}.{name}", unit, value) for name, value in prices.items()]
    rows.append((city, f"{right.key}.turnover", "fen", turnover))
    rows.append((city, f"{right.key}.days_traded", "days", sum(row[3] > 0 for row in days)))
    rows.append((city, f"{right.key}.days_open", "days", len(days)))
    return rows


def _right_district_rows(world: World, right: Right, found: Told) -> list[Row]:
    setting, key, unit = world.setting, right.key, right.instrument.base_unit
    columns = {"use": verified_use(world, right), "free": world.state.final[right.index], "net_bought": found.net_bought[right.index, :len(setting.firms.id)]}
    return [
        (str(region.adcode), f"{key}.{name}", unit, int(value))
        for name, column in columns.items()
        for region, value in zip(setting.city.districts, by_district(world, column), strict=True)
    ]


def _cost_rows(world: World, benchmark: Benchmark | None) -> list[Row]:
    if benchmark is None:
        return []
    city, spent = city_code(world), world.state.spent_fen
    kinds = ["measures", "offsets", "penalties", *(["standing"] if world.setting.carried is not None else []), *(["search"] if "search" in spent else [])]
    rows: list[Row] = [(city, f"cost.{name}", "fen", int(spent[name].sum())) for name in kinds]
    for name, cny in (("no_trade", benchmark.no_trade_cny), ("market", benchmark.run_cny), ("least", benchmark.least_cny), ("banked", benchmark.banked_cny)):
        rows.append((city, f"cost.{name}", "fen", round(cny * 100)))
    if benchmark.share_of_gain is not None:
        rows.append((city, "cost.share_of_gain", "1", float(benchmark.share_of_gain)))
    total = spent["measures"] + spent["offsets"] + spent["penalties"]
    for region, value in zip(world.setting.city.districts, by_district(world, total), strict=True):
        rows.append((str(region.adcode), "cost.market", "fen", int(value)))
    return rows


def _assessment_rows(world: World) -> list[Row]:
    targets = world.state.targets
    if not targets:
        return []
    unit = next(right.instrument.base_unit for right in world.setting.rights if right.key == world.setting.question.targets.meter)
    lights = [targets[name] for name in targets if name.startswith("lights")][-1]
    rows: list[Row] = []
    for place, region in enumerate(world.setting.city.districts):
        start = max(int(targets["start"][place]), 1)
        figures = {
            "total_target": (unit, int(targets["total"][place])), "total_actual": (unit, int(targets["used"][place])),
            "intensity_target": ("percent", 100 * (start - int(targets["allowed"][place])) / start),
            "intensity_actual": ("percent", 100 * (start - int(targets["comparable"][place])) / start),
            "points": ("points", int(targets["points"][place]) / 100), "grade": ("grade", int(targets["grade"][place])),
            "light": ("light", 3 - int(lights[place])),
        }  # fmt: skip
        rows += [(str(region.adcode), f"assess.{name}", kind, value) for name, (kind, value) in figures.items()]
    rows.append((city_code(world), "assess.missed", "districts", int((targets["grade"] == 0).sum())))
    return rows


def _reconciliation(world: World) -> list[Row]:
    """Final balances by asset and kind of account: the rows of an asset sum to zero. Raises LedgerError if a recount differs."""
    ledger, city = world.ledger, city_code(world)
    rows: list[Row] = []
    for asset, name in enumerate(ledger.assets):
        held, unit = ledger.held(asset), _asset_unit(world, name)
        for kind in np.unique(ledger.accounts.kind).tolist():
            rows.append((city, f"reconcile.{name}.{KIND_NAMES[kind]}", unit, int(held[ledger.accounts.kind == kind].sum())))
    return rows


def _asset_unit(world: World, name: str) -> str:
    units = {right.key: right.instrument.base_unit for right in world.setting.rights} | {"money": "fen", "power": "kWh", "certificate": "MWh"}
    return units[name.partition("/")[0].removesuffix("-offset")]


def series(world: World) -> pandas.DataFrame:
    """Daily prices and volumes of every right, long form: tick, date, region, metric, unit, value."""
    city, day = city_code(world), world.setting.calendar.day
    about_right = {right.key: right.instrument for right in world.setting.rights}
    rows = []
    for tick, key, close, lots, _, orders in world.state.days:
        instrument, when = about_right[key], day(tick).isoformat()
        rows.append((tick, when, city, f"{key}.price", f"CNY/{instrument.trading_unit}", instrument.price_cny(close)))
        rows.append((tick, when, city, f"{key}.volume", instrument.base_unit, float(lots * instrument.lot_base)))
        rows.append((tick, when, city, f"{key}.orders", "orders", float(orders)))
    rows += power_series(world, city)
    return pandas.DataFrame(rows, columns=["tick", "date", "region", "metric", "unit", "value"])


def journal(world: World) -> pandas.DataFrame:
    """Every posting in order: number, tick, move, asset, source, target, amount."""
    ledger = world.ledger
    batches = [batch for _, batch in ledger.journal]
    ticks = np.repeat([tick for tick, _ in ledger.journal], [len(batch) for batch in batches]) if batches else np.zeros(0, np.int64)
    columns = {name: np.concatenate([getattr(batch, name) for batch in batches] or [np.zeros(0, np.int64)])
               for name in ("move", "asset", "source", "target", "amount")}  # fmt: skip
    keys = pandas.Index(list(ledger.accounts.key))
    return pandas.DataFrame({
        "number": np.arange(len(ticks)), "tick": ticks, "move": pandas.Index(MOVE_NAMES)[columns["move"]],
        "asset": pandas.Index(ledger.assets)[columns["asset"]], "source": keys[columns["source"]], "target": keys[columns["target"]],
        "amount": columns["amount"],
    })  # fmt: skip


def _days(world: World, right: Right) -> list[tuple]:
    return [row for row in world.state.days if row[1] == right.key]


def _months_before_end(world: World, tick: int) -> int:
    day, end = world.setting.calendar.day(tick), world.setting.calendar.end
    return (end.year - day.year) * 12 + end.month - day.month
