"""Several compliance years traded by firms in orders: banking, borrowing and measures in the textbook city, and gains in the default one.

Forty firms a side save 7.5 kt for each CNY/t. A free amount that falls by 15 % a year asks for 300, 555, 772 and 956 kt; at p, 1.05 p, 1.05² p, 1.05³ p
that is p = 79.9. With 600 kt to save in the first of two years and none in the second the prices are 80 and 0 without borrowing.
Source: Rubin (1996), J. Environ. Econ. Manage. 31; Montgomery (1972), J. Econ. Theory 5.
"""

from marketsim.report.validation.check import Check, between, close, near, reported
from marketsim.scenario import load
from marketsim.simulation import run

FORESEEN = ("firms.discount_rate=5%", "markets.carbon.tightening=15%")
LOOSER = ("firms.outlook=planner", "firms.discount_rate=10%", "markets.carbon.tightening=-42.857%", "firms.measures=yearly")
SEEDS = (21, 22)
RATIONAL = ("power.resolution=typical-days", "firms.attention=100%", "firms.strategies={cost-minimising: 100%, zero-intelligence: 0%}")


def textbook(free: float, years: int, settings: tuple[str, ...], seed: int = SEEDS[0]) -> list[dict]:
    """City figures of each year in the textbook city; `free` is the first year's free share of use."""
    given = f"markets.carbon.allocation.sector_factors={{flat: {free}, steep: {free}}}"
    rows = run(load("textbook", (given, f"years={years}", *settings)), seed).summary
    city = next(region for region, metric, _, _ in rows if metric == "cost.least")
    found = {metric: value for region, metric, _, value in rows if region == city}
    names = [name for name in found if not name[0].isdigit()]
    return [{name: found.get(name if year == years - 1 else f"{2020 + year}.{name}") for name in names} for year in range(years)]


def one_year() -> list[Check]:
    """Montgomery in orders: price, savings and gain whatever the first split."""
    found = []
    for flat, steep in ((0.7, 0.7), (1.0, 0.4), (0.4, 1.0)):
        split = f"markets.carbon.allocation.sector_factors={{flat: {flat}, steep: {steep}}}"
        year = textbook(0.7, 1, (split,))[0]
        found.append(close(f"split {flat}, {steep}: mean price", year["carbon.price_mean"], 80, 0.05))
        found.append(close(f"split {flat}, {steep}: saved, kt", year["carbon.saved"] / 1e6, 600, 0.02))
        found.append(between(f"split {flat}, {steep}: share of the gain, %", 100 * year["cost.share_of_gain"], 95, None))
    return found


def banking() -> list[Check]:
    """A foreseen tightening: the price rises at the discount rate while the bank is positive; other outlooks are shown beside it."""
    found = []
    for seed in SEEDS:
        path = textbook(0.85, 4, ("firms.outlook=planner", *FORESEEN), seed)
        price = [year["carbon.price_mean"] for year in path]
        found.append(close(f"seed {seed}: first price", price[0], 79.9, 0.05))
        for year in range(3):
            kept = path[year]["carbon.banked"] / 1e6
            found.append(close(f"seed {seed}: price of year {year + 2} over year {year + 1}, bank of {kept:.0f} kt", price[year + 1] / price[year], 1.05, 0.05))
        most = max(year["carbon.banked"] for year in path)
        found.append(between(f"seed {seed}: bank in the end, % of its largest", 100 * path[3]["carbon.banked"] / most, 0, 2))
    for outlook in ("none", "last", "adaptive", "extrapolative"):
        path = textbook(0.85, 4, (f"firms.outlook={outlook}", *FORESEEN))
        for year in range(3):
            ratio = path[year + 1]["carbon.price_mean"] / path[year]["carbon.price_mean"]
            found.append(reported(f"outlook {outlook}: price of year {year + 2} over year {year + 1}", "", ratio))
    return found


def borrowing() -> list[Check]:
    """Borrowing of 0, 5 and 100 % of next year's free amount (2,000 kt), at 10 %."""
    found = []
    for limit, due, borrowed in (("0%", (80, 0), 0), ("5%", (66.67, 13.33), 100), ("100%", (38.1, 41.9), 314)):
        rule = f"markets.carbon.compliance={{rule: surrender, offset_limit: 0%, borrow_limit: {limit}}}"
        path = textbook(0.7, 2, (rule, *LOOSER))
        for year, price in enumerate(due):
            found.append(near(f"limit {limit}: price of year {year + 1}", path[year]["carbon.price_mean"], price, max(0.05 * price, 1.5)))
        found.append(near(f"limit {limit}: borrowed, kt", path[0]["carbon.owed"] / 1e6, borrowed, max(0.05 * borrowed, 1)))
    return found


def gains() -> list[Check]:
    """The four default markets without frictions and with rational firms; the default run is shown beside it."""
    found = []
    for seed in (301, 302, 303):
        rows = {metric: value for _, metric, _, value in run(load("tianjin-2020", RATIONAL), seed).summary}
        found.append(between(f"seed {seed}: share of the gain, %", 100 * rows["cost.share_of_gain"], 98, None))
    rows = {metric: value for _, metric, _, value in run(load("tianjin-2020", RATIONAL[:1])).summary}
    return [*found, reported("default run: share of the gain, %", "", 100 * rows["cost.share_of_gain"])]
