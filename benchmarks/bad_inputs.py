"""Bad inputs of every kind given to the command line: one line a problem, no traceback, no hang, nothing outside the output folder.

    python benchmarks/bad_inputs.py [--inputs 3000] [--seed 1] [--record]

Scenario files (bombs, endless numbers, NaN, odd Unicode, GBK, marks, deep nesting, hostile names and paths), settings, lab problems, tables of
curves, result folders. Every file that Python opens for writing, makes, renames or removes is watched while a command runs.
"""

import argparse
import contextlib
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from marketsim.cli import main as command
from marketsim.scenario import names

ROOT = Path(__file__).resolve().parents[1]
LAB = ROOT / "tests" / "lab" / "examples"
SLOWEST_CPU_SECONDS = 4.0
HOSTILE = (
    "../../etc/passwd", "/etc/passwd", "/dev/zero", "/dev/stdin", "C:\\\\x", "CON", "..", ".", "", " ", "\\u0000", "=HYPERLINK(1)", "<script>alert(1)</script>", "‮txt.exe", "\u200b",
    "é", "e\u0301", "天津", "　", "𝟙", "½", "x" * 9_000, "x" * 120_000, "\ufeff", "\ud7ff", "%2e%2e", "$(id)", "`id`", "'; DROP TABLE", "\\x1b[31m", "{{7*7}}", "!!python/object:os.system",
)  # fmt: skip
NUMBERS = ("NaN", ".nan", ".inf", "-.inf", "1e999", "1e-999", "1e99999999999", "9" * 400, "9" * 5_000, "-0", "0x7fffffffffffffff", "1_000", "12:30:45", "010", "NO", "null", "1.5", "-1", "2e400 t", "99999999999999999999 MtCO2", "１２", "1,5", "0.1%%", "½")


def bombs(luck: random.Random) -> str:
    """A text that grows when it is read."""
    depth = luck.choice((3, 9, 40, 400, 2_000, 30_000))
    return luck.choice((
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, min(depth, 30))),
        "a0: &a0 {k: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, min(depth, 30))),
        "x: " + "[" * depth, "x: " + "[" * depth + "]" * depth, "x: " + "{a: " * depth, "- " * depth, "".join(" " * n + "a:\n" for n in range(min(depth, 600))),
        "a: 1\n" * depth, "\n".join(f"k{n}: 1" for n in range(depth)), "a: |\n" + " x\n" * depth, "? " * depth, "--- \n" * depth, "%YAML 9.9\n---\n", "!" * depth, "'" * depth, '"' + "\\" * depth, "#" * depth, "\t" * depth,
    ))  # fmt: skip


def scenario(luck: random.Random) -> bytes:
    """A shipped scenario with something wrong in it, or no scenario at all."""
    text = luck.choice(sorted(names.bases().values())).read_text(encoding="utf-8")
    lines = text.split("\n")
    at = luck.randrange(len(lines))
    key, colon, _ = lines[at].partition(": ")
    way = luck.randrange(9)
    if way == 0:
        return bombs(luck).encode("utf-8", "surrogatepass")
    if way == 1:
        return (text + bombs(luck)).encode("utf-8", "surrogatepass")
    if way == 2:
        lines[at] = f"{key}: {luck.choice(NUMBERS)}"
    elif way == 3:
        lines[at] = f'{key}: "{luck.choice(HOSTILE)}"'
    elif way == 4:
        lines.insert(at, luck.choice(HOSTILE) + ": 1")
    elif way == 5:
        return luck.choice((text.encode("gbk", "replace"), text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode(), text.encode() + bytes([luck.randrange(256)]), text.encode("utf-32"), text.replace("\n", "\r").encode(), b"\0" * 100, os.urandom(0) + luck.randbytes(300)))
    elif way == 6:
        lines[at] = f"extends: {luck.choice(HOSTILE[:12])}"
    elif way == 7:
        lines[at] = f"region: {luck.choice(HOSTILE)}"
    else:
        lines[at] = lines[at].replace(colon or " ", luck.choice(("：", ":", " : :", "\t", " \u3000", "=")), 1)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def problem(luck: random.Random) -> tuple[str, bytes]:
    """A lab problem with a value, a key or its text spoilt."""
    file = luck.choice(sorted(LAB.glob("*.jsonl")))
    told = json.loads(luck.choice(file.read_text(encoding="utf-8").splitlines()))["input"]
    place, steps = told, 0
    while isinstance(place, dict | list) and place and steps < 6:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key, steps = luck.choice(keys), steps + 1
        if luck.random() < 0.4 or not isinstance(place[key], dict | list):
            place[key] = luck.choice((None, "x", -1, 0, 1e300, float("nan"), float("inf"), [], {}, [[[]]], True, 10**15, 10**40, luck.choice(HOSTILE[:20]), -1e-300, 2**63))
            break
        place = place[key]
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    if luck.random() < 0.2:
        text = luck.choice((text[:-1], text + b"]", b"[" * 3_000, text.replace(b":", b"=", 1), b"\xff" + text, text.replace(b"{", b'{"a":1,"a":2,', 1), b"", b"null", b"1e999"))
    return file.stem, text


def curves(luck: random.Random) -> bytes:
    """A table of orders with something wrong in it."""
    rows = ["period,zone,side,price,quantity"] + [f"1,a,{side},{price},5" for side, price in (("B", 9), ("S", 3), ("S", 4))]
    at = luck.randrange(len(rows))
    cells = rows[at].split(",")
    cells[luck.randrange(len(cells))] = luck.choice(NUMBERS + HOSTILE)
    rows[at] = ",".join(cells + ["extra"] * (luck.random() < 0.2))
    text = "\n".join(rows).encode("utf-8", "replace")
    return luck.choice((text, text, text, text.decode().encode("utf-16"), b"\x1f\x8b" + text, text[:luck.randrange(len(text))], b"", text + b'\n"'))


def words(luck: random.Random, place: Path) -> list[str]:
    """One command with a bad input behind it."""
    file, way = place / "input.yaml", luck.random()
    if way < 0.6:
        file.write_bytes(scenario(luck))
        return luck.choice((["check", str(file)], ["check", str(file), "--json"], ["check", str(file), "--lang", "zh"], ["show", str(file)]))
    if way < 0.7:
        key = luck.choice(("markets.carbon.cap", "seed", "title.zh", "firms.attention", "region", "x", "", "options", "years", "a.b.c.d.e.f"))
        return ["check", "tianjin-2020", "--set", f"{key}={luck.choice(NUMBERS + HOSTILE + (bombs(luck)[:3_000],))}".replace("\0", "")]
    if way < 0.85:
        kind, text = problem(luck)
        file.write_bytes(text)
        return ["lab", kind, str(file)]
    if way < 0.93:
        file.write_bytes(curves(luck))
        return ["lab", "curves", "--orders", str(file)]
    folder = place / "result"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(luck.choice((b"", b"{", b"[" * 9_000, b'{"schema": NaN}', b'{"schema": "marketsim.study/1"}', b'{"schema": "marketsim.run/1", "files": 3}', luck.randbytes(50))))
    return [luck.choice(("verify", "trace", "report")), luck.choice((str(folder), str(place / "nothing"), "/dev/null", "", "\u202e"))]


class Watch:
    """What is written outside the place of an input, by an audit hook that stays for the life of the process."""

    def __init__(self, place: Path):
        self.place, self.on, self.outside = str(place), False, []
        sys.addaudithook(self.hear)

    def hear(self, event: str, about: tuple) -> None:
        """Note files opened for writing, made, renamed or removed elsewhere; caches of bytecode and kernels do not count."""
        if not self.on or event not in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.system", "subprocess.Popen", "socket.connect"):
            return
        if event == "open" and (isinstance(about[0], int) or not _writes(*about[1:3])):  # a number is a file that was opened, and heard, before
            return
        path = str(about[0])
        if not path.startswith(self.place) and "__pycache__" not in path and "/.cache/" not in path and path != os.devnull:
            self.outside.append(f"{event} {path[:100]}")


def _writes(mode: str | None, flags: int) -> bool:
    """Whether a file is opened for more than reading, by `open` or by `os.open`."""
    return bool(set(mode or "") & set("wax+") or flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def tried(line: list[str], watch: Watch) -> str:
    """What is wrong with the answer to one command; empty where nothing is."""
    said, told = io.StringIO(), io.StringIO()
    watch.outside, watch.on = [], True
    begun = time.process_time()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(told):
            signal.setitimer(signal.ITIMER_VIRTUAL, 20)
            code = command(line)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        watch.on = False
    text = said.getvalue() + told.getvalue()
    if watch.outside:
        return f"wrote outside: {watch.outside[0]}"
    if time.process_time() - begun > SLOWEST_CPU_SECONDS:
        return f"took {time.process_time() - begun:.1f} s"
    if "Traceback" in text or "MARKETSIM_TRACEBACK" in text or code not in (0, 1, 2):
        return f"exit {code}: {text[-300:]}"
    return "" if code == 0 or text.strip() else "said nothing"


def campaign(inputs: int, seed: int) -> tuple[dict[str, int], list[str]]:
    """Give so many inputs; returns exit codes counted, and what was wrong."""
    luck, found, counts = random.Random(seed), [], {"inputs": 0, "refused": 0}
    signal.signal(signal.SIGVTALRM, lambda *_: (_ for _ in ()).throw(TimeoutError("hangs")))
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        watch = Watch(place)
        command(["check", "tianjin-2020", "--quiet"])  # imports and caches first
        before, here = os.getcwd(), place / "here"
        here.mkdir()
        os.chdir(here)
        for _ in range(inputs):
            line = words(luck, place)
            wrong = tried(line, watch)
            counts["inputs"] += 1
            if wrong:
                kept = ROOT / "build" / "bad" / f"{counts['inputs']}.yaml"
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes((place / "input.yaml").read_bytes() if (place / "input.yaml").exists() else b"")
                found.append(f"{kept.name} {' '.join(line)[:120]}: {wrong}")
        os.chdir(before)
    return counts, found


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true")
    chosen = parser.parse_args()
    begun = time.process_time()
    with contextlib.redirect_stdout(sys.stderr):
        counts, found = campaign(chosen.inputs, chosen.seed)
    seconds = time.process_time() - begun
    print("\n".join(found), file=sys.stderr)
    print(json.dumps({"inputs": counts["inputs"], "wrong": len(found), "cpu_seconds": round(seconds, 1)}))
    if chosen.record:
        from recorded import keep

        keep("bad_inputs", figure=counts["inputs"], wrong=len(found), seconds=seconds, command=f"python benchmarks/bad_inputs.py --inputs {chosen.inputs}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
