"""The report as one HTML file: the page with its data, charts and words inside, no outside request, both languages."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from marketsim.report.document import document

_HERE = Path(__file__).parent
SCRIPTS = ("charts.js", "page.js", "vendor/echarts.js")
"""In this order: the words stand before the largest script is read."""
STYLE = "page.css"


def build(page: Mapping, lang: str = "zh") -> str:
    """The page of a run or a study as a self-contained HTML document that opens in `lang` (zh or en)."""
    return freeze(document(page), lang)


def freeze(made: Mapping, lang: str = "zh") -> str:
    """A document (`marketsim.report/1`) as a self-contained HTML file."""
    style = source(STYLE)
    scripts = [source(name) for name in SCRIPTS]
    hashes = " ".join(f"'{_hash(script)}'" for script in scripts)
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src {hashes}; base-uri 'none'; form-action 'none'"
    at = 0 if lang == "zh" else 1
    sentences = [block["text"] for block in made["sections"][0]["blocks"]] if made["sections"] else []
    plain = "".join(f'<p lang="{name}">{escape(words[n])}</p>' for words in sentences for n, name in enumerate(("zh", "en")))
    return "\n".join([
        f'<!doctype html>\n<html lang="{escape(lang, quote=True)}">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{escape(made['title'][at])} · marketsim</title>\n<style>{style}</style>\n</head>\n<body>",
        '<header id="head"></header>\n<main id="main"></main>',
        f'<noscript><p>{escape(made["words"]["no_script"][0])}</p><p>{escape(made["words"]["no_script"][1])}</p>{plain}</noscript>',
        f'<script type="application/json" id="page">{data_block(made)}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        "</body>\n</html>\n",
    ])  # fmt: skip


@cache
def source(name: str) -> str:
    """One of the page's own files."""
    return (_HERE / name).read_text(encoding="utf-8")


def data_block(made: Mapping) -> str:
    """JSON that no HTML parser can mistake for markup."""
    text = json.dumps(made, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
