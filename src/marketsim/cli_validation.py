"""The verb validation: what the literature says must come out, beside what comes out here."""

import json
from argparse import Namespace

from marketsim.errors import CheckFailed
from marketsim.messages import say


def validation(chosen: Namespace) -> int:
    """Run all tables of the literature and print ours beside theirs. Raises CheckFailed when a figure is not near enough."""
    from marketsim.report.validation import tables

    done = []
    for table, checks in tables.made(chosen.full):
        done.append((table, checks))
        if not chosen.json:
            print(tables.markdown(table, checks, chosen.lang), flush=True)
    count = tables.counted(done)
    words = {name: str(number) for name, number in count.items()}
    print(json.dumps(tables.as_json(done), ensure_ascii=False) if chosen.json else say("validation.count", words, chosen.lang))
    if count["failed"]:
        raise CheckFailed("\n".join(f"{table.key}: {one.name}: {one.ours}" for table, checks in done for one in checks if one.passed is False))
    return 0
