"""How quick the screen is, in Chromium with the real server and simulator: prints each figure beside its bar.

Run: python benchmarks/screen.py [moves]. Wall-clock seconds, so on a machine that does nothing else; the CPU time of the worker tells what a preview costs on a busy one.
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

NEXT = """([selector, value]) => new Promise((resolve) => {
  const since = performance.now(), main = document.getElementById("main");
  const watch = new MutationObserver(() => { watch.disconnect(); requestAnimationFrame(() => requestAnimationFrame(() => resolve((performance.now() - since) / 1000))); });
  watch.observe(main, { childList: true });
  const input = document.querySelector(selector);
  input.value = value;
  input.dispatchEvent(new Event("change"));
})"""
THERE = "selector => document.querySelector(selector)"
"""Asked every 25 ms: `wait_for_selector` asks twice a second only, which blurs a figure of a second."""
CAP = '[data-at="value0markets.carbon.cap"]'


def told(name: str, value: float, unit: str, bar: str) -> None:
    print(f"{name:60s} {value:8.2f} {unit:3s} bar {bar}", flush=True)


def served(folder: str) -> tuple[subprocess.Popen, str, float]:
    """The server's process, its address, and the seconds until it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    since = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "marketsim.cli", "serve", folder, "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = process.stdout.readline().strip()
    urllib.request.urlopen(url).read()
    return process, url, time.perf_counter() - since


def used_by_worker(server: int) -> float:
    """CPU seconds of the warm worker, the server's only child."""
    child = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()[0]
    fields = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(moves: int) -> None:
    with sync_playwright() as started, tempfile.TemporaryDirectory() as folder:
        browser = started.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1360, "height": 900})
        process, url, ready = served(folder)
        told("server: from the command to its first answer", ready, "s", "1.0")
        try:
            since = time.perf_counter()
            tab.goto(url + "#lang=en")
            tab.wait_for_function(THERE, arg="#run:not([disabled])", polling=25)
            told("page: from its address to its panels", time.perf_counter() - since, "s", "1.0")
            since = time.perf_counter()
            tab.wait_for_function(THERE, arg="#verdict", polling=25)
            told("first preview of a cold start, from the panels on", time.perf_counter() - since, "s", "1.5")
            told("CPU time of the worker from its start to that preview", used_by_worker(process.pid), "s", "-")
            state = {"base": "tianjin-2020", "title": "Speed", "futures": {}, "seeds": 2, "options": [{"label": "A", "set": {"markets.carbon.cap": "75 MtCO2"}}]}
            tab.goto("about:blank")
            tab.goto(url + "#lang=en&state=" + json.dumps(state))
            tab.wait_for_selector("#verdict")
            tab.wait_for_selector(CAP)
            before = used_by_worker(process.pid)
            found = [tab.evaluate(NEXT, [CAP, f"{74.9 - n / 10:.1f} MtCO2"]) for n in range(moves)]
            told("first preview after a move", found[0], "s", "1.5")
            told(f"preview after a move, median of {moves}", statistics.median(found), "s", "1.5")
            told(f"preview after a move, slowest of {moves}", max(found), "s", "1.5")
            told(f"CPU time of the worker for a preview, mean of {moves}", (used_by_worker(process.pid) - before) / moves, "s", "1.5")
            told("a preview seen before", tab.evaluate(NEXT, [CAP, "74.9 MtCO2"]), "s", "1.5")
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            told("server: memory resident", int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024, "MB", "120")
        finally:
            process.terminate()
            process.wait()
            browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
