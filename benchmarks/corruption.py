"""Result files damaged in every way a disk can think of: each is found, named, and recomputed or refused; none is used silently.

    python benchmarks/corruption.py [--files 10000] [--seed 1] [--record]

A file of a run's folder or of a study's (tables, report, manifest, parts) has bits flipped, blocks wiped or swapped, its end cut off,
something appended, another file's content put in its place, or is gone. Reading it must raise an error that names it, or give
exactly what was written (a blank more in a manifest harms nothing). Every hundredth damaged study is run again, to the same bytes.
"""

import argparse
import importlib.util
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from marketsim.errors import InputError
from marketsim.study import opened, parts, stored

HERE = Path(__file__).resolve().parent
WAYS = ("flip", "flip", "flip", "cut", "wipe", "swap blocks", "append", "other file", "gone", "empty")
RECOMPUTE_EVERY = 100


def faults():
    """The two jobs of the campaign of disk faults, whose results are damaged here."""
    spec = importlib.util.spec_from_file_location("faults", HERE / "faults.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def damaged(data: bytes, luck: random.Random, others: list[bytes]) -> tuple[str, bytes | None]:
    """One way of damage and what is left; None where the file is gone."""
    way = luck.choice(WAYS)
    at, size = luck.randrange(len(data)), luck.randint(1, 64)
    if way == "flip":
        return way, data[:at] + bytes([data[at] ^ 1 << luck.randrange(8)]) + data[at + 1:]
    if way == "cut":
        return way, data[:at]
    if way == "wipe":
        return way, data[:at] + bytes(len(data[at:at + size])) + data[at + size:]
    if way == "swap blocks":
        first, second = sorted((at, luck.randrange(len(data))))
        middle = min(first + size, second)
        return way, data[:first] + data[second:second + size] + data[middle:second] + data[first:middle] + data[second + size:]
    if way == "append":
        return way, data + luck.randbytes(size)
    if way == "other file":
        return way, luck.choice(others)
    return way, None if way == "gone" else b""


def read_run(folder: Path) -> list:
    """Everything a reader of a run gets; raises InputError."""
    result = stored.load(folder)
    return [{key: value for key, value in result.manifest.items()}, result.summary.to_csv(), (folder / "report.html").read_bytes()]


def read_study(folder: Path) -> list:
    """Everything a reader of a study gets; raises InputError."""
    study = opened.load(folder)
    return [{key: value for key, value in study.manifest.items()}, study.runs.to_csv(), study.scorecard]


def harm(folder: Path, read, whole: list, luck: random.Random, total: dict) -> Path | None:
    """Damage one file, read, and put it back; returns the file where the damage was found."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "lock")
    file = luck.choice(files)
    data = file.read_bytes()
    way, left = damaged(data, luck, [other.read_bytes() for other in files if other != file])
    if left == data:
        return None
    total["files"] += 1
    if left is None:
        file.unlink()
    else:
        file.write_bytes(left)
    name = file.parent.name if file.parent.parent.name == parts.PARTS else file.name
    try:
        total["harmless" if read(folder) == whole else "silent"] += 1
    except InputError as error:
        total["found"] += 1
        total["unnamed"] += name not in str(error)
    except Exception as error:
        print(f"{file.name}, {way}: {type(error).__name__}: {error}", file=sys.stderr)
        total["other_errors"] += 1
    file.write_bytes(data)
    return file


def recompute(job, folder: Path, published: dict, luck: random.Random, total: dict) -> None:
    """Damage a part of a study, do the study again, and hold it against what it was."""
    part = luck.choice(parts.listed(folder))
    file = luck.choice(sorted(part.iterdir()))
    data = bytearray(file.read_bytes())
    data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    file.write_bytes(bytes(data))
    job.work(folder, lambda runs: None)
    total["recomputed"] += 1
    total["other_bytes"] += {name: (folder / name).read_bytes() for name in published} != published


def campaign(place: Path, files: int, seed: int) -> dict[str, int]:
    """Damage `files` files, half of them of a run."""
    luck = random.Random(seed)
    total = dict.fromkeys(("files", "found", "harmless", "silent", "unnamed", "other_errors", "recomputed", "other_bytes"), 0)
    module = faults()
    run, study = module.Run(place), module.Sweep(place)
    run.work(place / "run", lambda runs: None)
    study.work(place / "study", lambda runs: None)
    shutil.rmtree(place / "study" / "failures", ignore_errors=True)  # tracebacks for people: no result
    single = next((place / "run").iterdir())
    published = {name: (place / "study" / name).read_bytes() for name in ("summary.csv", "runs.csv", "scorecard.json", "manifest.json")}
    for folder, read, share in ((single, read_run, files // 2), (place / "study", read_study, files - files // 2)):
        whole = read(folder)
        before = total["files"]
        while total["files"] < before + share:
            harm(folder, read, whole, luck, total)
            if folder != single and total["files"] % RECOMPUTE_EVERY == 0:
                recompute(study, folder, published, luck, total)
                shutil.rmtree(folder / "damaged", ignore_errors=True)
                shutil.rmtree(folder / "failures", ignore_errors=True)
                whole = read(folder)
    return total


def main() -> int:
    """Damage, read and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as place:
        found = campaign(Path(place), chosen.files, chosen.seed)
    seconds = time.process_time() - begun
    wrong = found["silent"] + found["unnamed"] + found["other_errors"] + found["other_bytes"]
    print(json.dumps(found | {"cpu_seconds": round(seconds, 1)}))
    if chosen.record:
        from recorded import keep

        keep("corruption", figure=found["files"], wrong=wrong, seconds=seconds, command=f"python benchmarks/corruption.py --files {chosen.files}", found=found)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
