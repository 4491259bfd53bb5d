"""What a run reports of its electricity: kWh, volume by form, prices, deviations, who pays, measures of market power; and hourly prices.

Source: measures as in `markets/indicators.py`.
"""

from collections import defaultdict
from datetime import date, timedelta

import numpy as np

from marketsim.domain.orders import BUY
from marketsim.markets import contracts as deals
from marketsim.markets import indicators
from marketsim.markets.contract_forms import signing_shortfall
from marketsim.markets.metering import indirect, metered
from marketsim.simulation.columns import by_district
from marketsim.simulation.power.audit import twice_kwh
from marketsim.simulation.power.record import PARTIES
from marketsim.simulation.power.year import MILLION
from marketsim.simulation.world import World

Row = tuple[str, str, str, int | float]
IN_KWH = {"curtailed": "curtailed", "lost": "lost", "arrived": "arrived", "sent": "sent", "stored": "stored", "released": "released", "spot_volume": "spot"}
IN_FEN = {"rent": "congestion_rent", "line_fees": "line_fees", "starts": "starts", "owners": "owners", "moved.fine": "fines", "moved.imbalance": "imbalance",
          "moved.capacity": "capacity", "moved.mechanism": "mechanism", "moved.green": "green_value"}  # fmt: skip
ALWAYS, NONE = ("curtailed", "moved.fine", "moved.imbalance"), np.zeros(12, np.int64)
"""Figures every year of power has; the others are left out where nothing of the kind happened."""


def power_rows(world: World, city: str) -> list[Row]:
    """The rows of the summary about power; none where the scenario has none."""
    year, state = world.setting.power, world.state
    if year is None:
        return []
    inside = np.isin(year.fleet.region, [region.adcode for region in world.setting.city.districts])
    signed = state.signed.values()
    lots = sum(int(one.lots.sum()) for one in signed)
    kwh = {
        "generation": int(state.generation.sum()), "imports": int(state.generation[~inside].sum()), "contracted": lots * deals.KWH_PER_LOT,
        "unserved": sum(row[3] for row in state.readings if row[0] == "power unserved"),
        "demand": sum(row[3] for row in state.readings if row[0] in ("power metered", "power small")),
    }  # fmt: skip
    rows: list[Row] = [(city, f"power.{name}", "kWh", value) for name, value in kwh.items()]
    rows.append((city, "power.traded_share", "1", kwh["contracted"] / max(kwh["demand"], 1)))
    rows.append((city, "power.contract_price", "CNY/MWh", sum(int(one.fen.sum()) for one in signed) / (100 * max(lots, 1))))
    if power_audited(world):
        rows.append((city, "power.counted_twice", "kWh", twice_kwh(world)))
    return rows + _meters(world, inside) + _volumes(world, city) + _figures(world, city) + _shares(world, city) + _who_pays(world, city) + _zone_prices(world)


def power_audited(world: World) -> bool:
    """Whether output is sold for uses that could exclude each other."""
    power = world.setting.question.power
    return power.green is not None or power.mechanism is not None


def _meters(world: World, inside: np.ndarray) -> list[Row]:
    """What generation in each district turned on every right's meter, and what its users turned indirectly by the power they used."""
    year, setting, made = world.setting.power, world.setting, world.state.generation
    turned = metered(made, year.fleet.meter_per_gwh).sum(axis=2)
    arrived = int(world.state.power["arrived"].sum() - world.state.power["sent"].sum()) if "arrived" in world.state.power else 0
    used = by_district(world, world.state.power["use by firm"])
    caused = indirect(used, int(made[inside].sum()), turned[:, inside].sum(axis=1), int(made[~inside].sum()) + max(arrived, 0), setting.firms.factor_per_gwh)
    rows: list[Row] = []
    for right in setting.rights:
        for place, region in enumerate(setting.city.districts):
            here, unit = year.fleet.region == region.adcode, right.instrument.base_unit
            rows.append((str(region.adcode), f"{right.key}.power_metered", unit, int(turned[right.index][here].sum())))
            rows.append((str(region.adcode), f"{right.key}.power_indirect", unit, int(caused[right.index, place])))
    chosen = world.setting.question.power.plants
    for name in () if chosen is None else ("verified", "free", "due", "paid"):
        unit = "fen" if name == "paid" else next(right.instrument.base_unit for right in setting.rights if right.key == chosen.right)
        for region in setting.city.districts:
            here = world.state.power[f"plants.{name}"][year.fleet.region == region.adcode]
            rows.append((str(region.adcode), f"{chosen.right}.plants_{name}", unit, int(here.sum())))
    return rows


def _volumes(world: World, city: str) -> list[Row]:
    """Volume by form of contract, and what is below the signing floor."""
    year, power = world.setting.power, world.setting.question.power
    kwh = defaultdict(int)
    for signed in world.state.signed.values():
        annual, outside = signed.term == deals.ANNUAL, year.fleet.rank[signed.seller] == 1
        kwh["contracted_annual"] += signed.kwh[annual & ~outside].sum()
        kwh["contracted_monthly"] += signed.kwh[~annual].sum()
        if power.from_outside:
            kwh["contracted_outside"] += signed.kwh[outside].sum()
    for how in ("buy-back", "transfer"):
        if power.adjust == how:
            kwh[how.replace("-", "_")] = sum(row[3] for row in world.state.readings if row[0] == f"contract {how}")
    if power.signing_floor:
        held = sum(deals.held_kwh(signed, BUY, len(year.buyer)) for signed in world.state.signed.values())
        kwh["below_floor"] = signing_shortfall(held, year.planned_kwh * year.market_ppm // MILLION, int(power.signing_floor * MILLION)).sum()
    if power.green is not None:
        kwh |= {"green": world.state.power["green by firm"].sum(), "green_alone": world.state.power["certificates by firm"].sum()}
    if year.extras.covered_ppm is not None:
        kwh["mechanism_volume"] = (world.state.generation.sum(axis=1) * year.extras.covered_ppm // MILLION).sum()
    return [(city, f"power.{name}", "kWh", int(value)) for name, value in kwh.items()]


def _figures(world: World, city: str) -> list[Row]:
    found = world.state.power
    rows: list[Row] = [(city, f"power.{name}", "kWh", int(found[key].sum())) for key, name in IN_KWH.items() if key in ALWAYS or found.get(key, NONE).any()]
    return rows + [(city, f"power.{name}", "fen", int(found[key].sum())) for key, name in IN_FEN.items() if key in ALWAYS or found.get(key, NONE).any()]


def _shares(world: World, city: str) -> list[Row]:
    """Prices and measures of market power of the year."""
    found, made = {name: column.sum() for name, column in world.state.power.items() if column.shape == (12,)}, world.state.generation
    mwh = max(int(found["price_mwh"]), 1)
    rows: list[Row] = [
        (city, "power.price", "CNY/MWh", int(found["price_sum"]) / mwh / 10),
        (city, "power.curtailed_share", "1", indicators.curtailed_share(found["curtailed"], made.sum())),
        (city, "power.concentration", "1", indicators.concentration(made.sum(axis=1))),
        (city, "power.pivotal_hours", "hours", int(found["pivotal_hours"])),
        (city, "power.margin", "1", int(found["margin_sum"]) / mwh / MILLION),
    ]
    if found.get("added_sum"):
        rows.append((city, "power.rights_in_price", "1", int(found["rise_sum"]) / int(found["added_sum"])))
    return rows


def _who_pays(world: World, city: str) -> list[Row]:
    found = world.state.power
    rows: list[Row] = [(city, f"power.net_{name}", "fen", int(found[f"net.{name}"].sum())) for name in PARTIES]
    bills = by_district(world, found["bill by firm"])
    return rows + [(str(region.adcode), "power.bill", "fen", int(fen)) for region, fen in zip(world.setting.city.districts, bills, strict=True)]


def _zone_prices(world: World) -> list[Row]:
    """Mean price of each other zone of the grid, where zones are cleared together."""
    year, price = world.setting.power, world.state.power["price"]
    if year.extras.around is None:
        return []
    load = year.extras.around.load_kwh.T // 1000
    means = (load * price).sum(axis=1) / np.maximum(load.sum(axis=1), 1) / 10
    return [(zone, "power.price", "CNY/MWh", float(mean)) for n, (zone, mean) in enumerate(zip(year.grid.zones, means, strict=True)) if n != year.extras.around.own]


def power_series(world: World, city: str) -> list[tuple]:
    """Price by zone and hour, rows like those of `series`; none where there is no hourly market, or hours are those of typical days."""
    year, power = world.setting.power, world.setting.question.power
    if year is None or power.resolution != "hourly" or (power.spot is None and not power.neighbours):
        return []
    around, calendar, first = year.extras.around, world.setting.calendar, date(world.setting.calendar.start.year, 1, 1)
    names = [city] if around is None else [city if n == around.own else zone for n, zone in enumerate(year.grid.zones)]
    rows = []
    for day in range(len(year.hours) // 24):
        when = first + timedelta(days=day)
        if when < calendar.start:
            continue
        for hour in range(24):
            tick = calendar.tick(when, hour, "prices")
            rows += [(tick, when.isoformat(), name, "power.price", "CNY/MWh", int(price) / 10)
                     for name, price in zip(names, world.state.power["price"][:, 24 * day + hour], strict=True)]  # fmt: skip
    return rows
