"""A simulation of the simulator: random scenarios from a seed, every invariant checked after every day, what fails shrunk to a small file.

    python benchmarks/stress.py [--seconds 60] [--seed 1] [--record]

A scenario is an invented city under settings drawn from a menu: rules of law, markets on and off, links of the law with the market,
strategies, calendars, power, several years. The auditor keeps books of its own out of the journal and the published trades, knows no
rule of the engine, and says in words what does not agree. A failing scenario is run again with fewer and fewer settings until each one
that is left is needed; `build/stress/SEED.yaml` holds it, and the line that repeats it is printed.
"""

import argparse
import json
import random
import shutil
import sys
import time
import traceback
from pathlib import Path

import numpy as np
from audit import Auditor, Broken

from marketsim.domain.calendar import TICKS_PER_DAY
from marketsim.errors import InputError
from marketsim.policy import rules
from marketsim.scenario import load
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.result import result
from marketsim.simulation.years import run_years
from marketsim.study import replay, store

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "stress"
CITIES: dict[str, str | Path] = {"twin": ROOT / "tests" / "data" / "twin.yaml", "textbook": "textbook"}
STRATEGIES = ("cost-minimising", "zero-intelligence", "deadline-driven", "speculator", "market-maker", "zero-intelligence-plus", "gjerstad-dickhaut")


def menu(luck: random.Random) -> list[str]:
    """Settings of one scenario: each line of the menu is taken with a chance of its own."""
    market = luck.choice(("carbon", "water"))
    share = luck.choice(("0%", "1%", "7%", "35%", "100%"))
    one, other = luck.sample(STRATEGIES, 2)
    parts = {"cost-minimising": "null", "zero-intelligence": "null"} | {one: "70%", other: "30%"}
    rule = luck.choice(sorted(set(rules("allocation")) - {"auction", "purchase_above_line"}))
    shared = luck.choice(sorted(rules("decomposition")))
    dish = [
        (0.35, f"markets.{market}.allocation={{rule: {rule}}}"),
        (0.2, f"markets.{market}.allocation.factor={luck.choice((0, 20, 80, 120))}%"),
        (0.25, f"markets.{market}.first_tranche={share}"),
        (0.25, f"markets.{market}.price_band={luck.choice(('0.5%', '3%', '30%', '95%'))}"),
        (0.25, f"markets.{market}.fee={luck.choice(('0.03%', '0.7%', '5%', '60%'))}"),
        (0.2, f"markets.{market}.position_limit={luck.choice(('0.1%', '3%', '100%'))}"),
        (0.2, f"markets.{market}.call_share={share}"),
        (0.2, f"markets.{market}.quiet_close={luck.choice(('last', 'quotes'))}"),
        (0.25, f"markets.{market}.blocks={{least: {'1 kt' if market == 'carbon' else '1000 m3'}, chance: {luck.choice((5, 50, 100))}%}}"),
        (0.2, f"markets.{market}.compliance={{rule: surrender, offset_limit: {share}, bank_limit: {luck.choice((0, 3, 100))}%, fine_cny_per_lot: {luck.choice((0, 0.07, 55))} CNY/{'t' if market == 'carbon' else 'm3'}, deduction_multiple: {luck.choice((0, 1, 2.5))}}}"),
        (0.15, f"markets.{market}.shortfall_price={luck.choice((1, 90, 5000))} CNY/{'t' if market == 'carbon' else 'm3'}"),
        (0.15, f"markets.{market}.regions=[{luck.choice((990101, 990102))}]"),
        (0.15, f"markets.{market}.tightening={luck.choice(('2%', '-10%', '50%'))}"),
        (0.15, "markets.carbon.auction=null"),
        (0.15, "markets.carbon.offsets=null"),
        (0.15, "markets.carbon.cap=null"),
        (0.12, f"markets.{luck.choice(('carbon', 'water'))}=null"),
        (0.2, f"markets.{market}.suspended={{accounts: [reserve/{market}], day: 2020-12-20, until: 2021-03-01}}"),
        (0.15, f"markets.{market}.stability={{rule: {luck.choice(('standing_offers', 'reserve_triggers'))}}}"),
        (0.25, f"firms.strategies={{{', '.join(f'{name}: {part}' for name, part in parts.items())}}}"),
        (0.15, f"firms.investors={{{other}: 20%}}"),
        (0.2, f"firms.attention={luck.choice((1, 20, 100))}%"),
        (0.15, f"firms.availability={share}"),
        (0.15, f"firms.outlook={luck.choice(('none', 'last', 'adaptive', 'extrapolative', 'planner'))}"),
        (0.15, f"firms.rush={share}"),
        (0.15, f"activity.growth={luck.choice(('-30%', '0%', '40%'))}"),
        (0.15, f"activity.firm_sd={luck.choice((0, 30, 90))}%"),
        (0.2, f"working_capital={luck.choice((0, 1, 300))}%"),
        (0.1, f"scale={luck.choice((2, 5))}"),
        (0.15, "power=null"),
        (0.15, f"power.market_share={share}"),
        (0.15, f"power.deviation_band={share}"),
        (0.15, f"power.pass_through={share}"),
        (0.2, "targets=null"),
        (0.2, f"targets.shared_by={{rule: {shared}}}"),
        (0.15, f"years={luck.choice((2, 3))}"),
    ]  # fmt: skip
    return [setting for chance, setting in dish if luck.random() < chance]


def play(world) -> None:
    """A year, audited after every day."""
    auditor = Auditor(world)
    due = sorted({entry.tick for entry in world.agenda})
    for tick, following in zip(due, [*due[1:], None], strict=True):
        world.state.now = tick
        world.step()
        if following is None or following // TICKS_PER_DAY != tick // TICKS_PER_DAY:
            auditor.day()
    auditor.end()


def trial(city: str, settings: list[str], seed: int) -> str:
    """Run one scenario; returns what became of it: `done`, `refused`, or what is broken."""
    try:
        scenario = load(CITIES[city], tuple(settings))
    except InputError:
        return "refused"
    try:
        if scenario.question.years > 1:
            outcome = run_years(scenario, seed, play)
        else:
            world = found(scenario, seed)
            world.agenda = agenda(world)
            play(world)
            outcome = result(world)
        summary = store.summary_table(outcome.summary, option="base", future="base", seed=seed)
        wrong = replay.differences(summary, outcome.journal)
        return f"broken: {wrong[0]}" if wrong else "done"
    except InputError:
        return "refused"
    except Broken as broken:
        return f"broken: {broken}"
    except Exception as error:  # whatever it is, it is a find
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"broken: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {str(error)[:160]}"


def kind(verdict: str) -> str:
    """A broken verdict without its numbers, to tell one failure from another."""
    return "".join(c for c in verdict if not c.isdigit())[:60]


def shrink(city: str, settings: list[str], seed: int, verdict: str) -> list[str]:
    """The settings that are needed for the same failure."""
    left = list(settings)
    for setting in settings:
        fewer = [one for one in left if one != setting]
        if kind(trial(city, fewer, seed)) == kind(verdict):
            left = fewer
    return left


def written(seed: int, city: str, settings: list[str], verdict: str) -> Path:
    """A failing scenario as a file, beside a copy of the data it stands on."""
    shutil.copytree(ROOT / "tests" / "data", PLACE, dirs_exist_ok=True)
    file = PLACE / f"{seed}.yaml"
    lines = [f"# {verdict}", "marketsim: 1", f"title: {{zh: 压力 {seed}, en: Stress {seed}}}", f"extends: {Path(CITIES[city]).name}", f"seed: {seed}"]
    file.write_text("\n".join(lines + [setting.replace("=", ": ", 1) for setting in settings]) + "\n", encoding="utf-8")
    return file


def stress(seconds: float, first: int, most: int | None = None) -> dict:
    """Scenarios from `first` on for some seconds of CPU (or `most` of them); returns counts and what broke."""
    begun, number = time.process_time(), first
    told: dict = {"scenarios": 0, "done": 0, "refused": 0, "broken": []}
    while time.process_time() - begun < seconds and (most is None or number < first + most):
        luck = random.Random(number)
        city, settings = ("twin" if luck.random() < 0.85 else "textbook"), menu(luck)
        verdict = trial(city, settings, number)
        told["scenarios"] += 1
        if verdict in ("done", "refused"):
            told[verdict] += 1
        else:
            small = shrink(city, settings, number, verdict)
            told["broken"].append({"seed": number, "verdict": verdict, "settings": small, "file": str(written(number, city, small, verdict))})
        number += 1
    return told | {"cpu_seconds": round(time.process_time() - begun, 1)}


def main() -> int:
    """Stress, and say what broke."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    np.seterr(all="ignore")
    told = stress(chosen.seconds, chosen.seed)
    for broken in told["broken"]:
        print(f"{broken['verdict']}\n  seed {broken['seed']}: {broken['settings']}\n  marketsim run {broken['file']}", file=sys.stderr)
    print(json.dumps(told | {"broken": len(told["broken"])}))
    if chosen.record:
        from recorded import keep

        keep("stress", figure=told["done"], wrong=len(told["broken"]), seconds=told["cpu_seconds"], command=f"make stress SECONDS={chosen.seconds:g}",
             found={"scenarios": told["scenarios"], "refused": told["refused"]})  # fmt: skip
    return int(bool(told["broken"]))


if __name__ == "__main__":
    sys.exit(main())
