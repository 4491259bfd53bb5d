"""The verb about the past of units: trace."""

import json
import sys
from argparse import Namespace
from datetime import date, timedelta
from pathlib import Path

from marketsim.messages import say


def trace(chosen: Namespace) -> int:
    """Who held units, and when: of one account line by line, of all as one line a right."""
    from marketsim.domain.calendar import TICKS_PER_DAY
    from marketsim.errors import InputError
    from marketsim.study import opened, stored
    from marketsim.study.trace import spells

    if opened.is_study(chosen.run):
        raise InputError(say("trace.study", {"folder": chosen.run}, chosen.lang))
    result = stored.load(Path(chosen.run))
    journal = result.journal
    found = spells(journal, chosen.right, chosen.owner)
    start = date.fromisoformat(result.manifest["question"]["calendar"]["start"])
    days = [(start + timedelta(days=tick // TICKS_PER_DAY)).isoformat() for tick in journal["tick"].tolist()]
    found = found.assign(since=[days[entry] for entry in found["since"]], until=["" if entry < 0 else days[entry] for entry in found["until"]])
    if chosen.json:
        rows = found.to_dict("records")
        about = {"schema": "marketsim.trace/1", "run": chosen.run, "order": "first in, first out"}
        print(json.dumps({**about, "spells": rows}, ensure_ascii=False))
    elif chosen.owner:
        for row in found.itertuples():
            key = "trace.spell" if row.until else "trace.kept"
            words = {name: str(getattr(row, name)) for name in ("right", "amount", "since", "until", "came_from", "went_to", "by", "block")}
            print(say(key, words, chosen.lang))
    else:
        for right, rows in found.groupby("right"):
            hands = rows.groupby("block").size()
            values = {"right": right, "blocks": str(len(hands)), "spells": str(len(rows)), "owners": str(rows["owner"].nunique())}
            print(say("trace.right", values, chosen.lang))
    print(say("trace.order", {}, chosen.lang), file=sys.stderr)
    return 0
