"""The verb report: a finished run or study as one HTML file."""

import json
import sys
from argparse import Namespace
from pathlib import Path

from marketsim.errors import InputError
from marketsim.messages import say


def report(chosen: Namespace) -> int:
    """Freeze the report of a result folder; without -o it stands beside the folder, whose own files stay as the run wrote them."""
    from marketsim.report import build, shapes, study_page
    from marketsim.study import opened, page, stored

    if len(chosen.runs) > 1:
        raise InputError(say("cli.one_run", {}, chosen.lang))
    folder = Path(chosen.runs[0])
    if opened.is_study(folder):
        made = study_page.assemble(folder)
    else:
        result = stored.load(folder)
        made = page.assemble(result.manifest, result.summary, result.series, result.journal)
    if chosen.map:
        made["about"]["shapes"] = shapes.read(Path(chosen.map), [region["key"] for region in made["about"]["regions"]])
    target = Path(chosen.output or folder.resolve().with_name(folder.resolve().name + ".html"))
    target.write_text(build(made, chosen.lang), encoding="utf-8", newline="\n")
    print(json.dumps({"schema": "marketsim.report/1", "file": str(target)}) if chosen.json else target)
    print(say("cli.open", {"file": str(target)}, chosen.lang), file=sys.stderr)
    return 0
