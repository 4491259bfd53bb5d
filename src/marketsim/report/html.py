"""The report as one HTML file: no outside request, both languages, readable without scripts."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path

from marketsim.report.sections import SECTIONS, notices
from marketsim.report.words import both, pair

_HERE = Path(__file__).parent


def build(page: Mapping, lang: str = "zh") -> str:
    """The page (`marketsim.report/1`) as a self-contained HTML document that opens in `lang` (zh or en)."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    about = page["about"]
    zh, en = pair(about["title"])
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    period = " – ".join(about.get("period", ()))
    return "\n".join([
        f'<!doctype html>\n<html lang="{escape(lang, quote=True)}">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{escape(zh if lang == 'zh' else en)} · marketsim</title>\n<style>{style}</style>\n</head>\n<body>",
        f'<header><button id="switch" type="button">{both(("English", "中文"))}</button>'
        f'<p class="fine">marketsim · {escape(period)}</p><h1>{both((zh, en))}</h1></header>\n<main>',
        notices(page),
        *(section(page) for section in SECTIONS),
        f'</main>\n<script type="application/json" id="page">{data_block(page)}</script>\n<script>{script}</script>\n</body>\n</html>\n',
    ])  # fmt: skip


def data_block(page: Mapping) -> str:
    """JSON that no HTML parser can mistake for markup."""
    text = json.dumps(page, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
