"""Makes the pictures of the README: the report of a small study and the screen, in both languages. `make screenshots`."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
STUDY = """marketsim: 1
title: {zh: 碳市场的日涨跌幅, en: How far may the carbon price move in a day?}
extends: tianjin-base
options:
  today: {label: {zh: 10%, en: 10 %}, set: {markets.carbon.price_band: 10%}}
  wider: {label: {zh: 20%, en: 20 %}, set: {markets.carbon.price_band: 20%}}
runs: {seeds: 6}
report: {baseline: today}
"""
STATE = {
    "base": "tianjin-2020", "title": "How far may the carbon price move in a day?", "futures": {"activity.growth": ["0%", "3%"]}, "seeds": 100,
    "options": [{"label": "10 %", "label_zh": "10%", "set": {"markets.carbon.price_band": "10%", "markets.carbon.cap": "75.0 MtCO2"}},
                {"label": "20 %", "label_zh": "20%", "set": {"markets.carbon.price_band": "20%", "markets.carbon.cap": "74.0 MtCO2"}}],
}  # fmt: skip


def marketsim(*words: str, place: Path) -> None:
    """One command, in a folder."""
    subprocess.run([sys.executable, "-m", "marketsim.cli", *words], cwd=place, check=True)


def main() -> None:
    """Run the study, freeze its report, open the screen on its results, and take four pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("needs Chromium")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as started:
        place = Path(made)
        (place / "band.yaml").write_text(STUDY, encoding="utf-8")
        marketsim("compare", "band.yaml", place=place)
        marketsim("report", str(next((place / "results").glob("band-*"))), "-o", "report.html", place=place)
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        server = subprocess.Popen([sys.executable, "-m", "marketsim.cli", "serve", "results", "--port", "0"], cwd=place, stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()
            for lang in ("zh", "en"):
                tab = browser.new_page(viewport={"width": 1060, "height": 1500})
                tab.goto(f"file://{place}/report.html#lang={lang}")
                tab.wait_for_timeout(1500)
                tab.screenshot(path=IMAGES / f"report-{lang}.png")
                tab = browser.new_page(viewport={"width": 1360, "height": 900})
                tab.goto(f"{url}#lang={lang}&state={quote(json.dumps(STATE))}")
                tab.wait_for_selector("#scorecard .score", timeout=120_000)
                tab.wait_for_selector(".option")
                tab.wait_for_timeout(1500)
                tab.screenshot(path=IMAGES / f"screen-{lang}.png")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
