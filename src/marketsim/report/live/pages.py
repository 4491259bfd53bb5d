"""What the screen's server answers: the page, its files, questions to the workers, stored results, and events.

Every request has passed the checks of `server` before it comes here.
"""

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from marketsim.report.document import WORDS
from marketsim.report.html import data_block, freeze
from marketsim.report.live.jobs import Answers, Study
from marketsim.report.words import tell

_HERE = Path(__file__).parent
ASSETS = {
    "echarts.js": _HERE.parent / "vendor" / "echarts.js", "charts.js": _HERE.parent / "charts.js", "page.js": _HERE.parent / "page.js",
    "page.css": _HERE.parent / "page.css", "live.js": _HERE / "live.js", "live.css": _HERE / "live.css",
}  # fmt: skip
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
FOLDER = re.compile(r"[\w.-]{1,80}-[0-9a-f]{8}")
BODY = 1 << 18


class Screen:
    """What one running server holds: its results folder, port and token, the workers, and who listens."""

    def __init__(self, folder: Path, port: int, token: str | None = None, answers: Answers | None = None):
        self.folder, self.token = folder, token or secrets.token_urlsafe(24)
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.cookie = f"marketsim-{port}"
        self.answers, self.study = answers or Answers(), Study(self._heard)
        self.listeners: set[asyncio.Queue] = set()
        self.progress: dict = {"state": "idle"}
        self.tasks: set[asyncio.Task] = set()

    def refused(self, request: Request) -> str | None:
        """Why a request is not answered, None where it is."""
        if request.headers.get("host") not in self.hosts:
            return "host"
        origin = request.headers.get("origin")
        if (request.method == "POST" or origin) and origin not in {f"http://{host}" for host in self.hosts}:
            return "origin"
        given = request.query_params.get("token", "") if request.url.path == "/" else ""
        if not secrets.compare_digest((given or request.cookies.get(self.cookie, "")).encode(), self.token.encode()):
            return "token"
        return None

    def _heard(self, said: dict) -> None:
        """A line of the study's process: kept as progress, passed to every page that listens."""
        if "error" in said:
            self.progress = {"state": "failed", "error": said["error"]}
        elif "done" in said:
            self.progress = {"state": "running", "folder": said.get("folder", self.progress.get("folder"))} | said
        for key in ("stopped", "finished", "partial"):
            if key in said:
                self.progress = self.progress | ({"state": key} if key != "partial" else {}) | {"folder": said[key]}
                self._later(self._show(Path(said[key])))
        if "ended" in said and self.progress.get("state") == "running":
            self.progress = self.progress | {"state": "stopped"}
        self.tell({"progress": {key: value for key, value in self.progress.items() if key != "folder"}})

    async def _show(self, folder: Path) -> None:
        found = await self.answers.ask({"do": "report", "folder": str(folder)})
        self.tell({"report": found.get("document"), "folder": folder.name} if "document" in found else found)

    def _later(self, work) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def tell(self, event: dict) -> None:
        """Send an event to every page that listens."""
        for queue in self.listeners:
            queue.put_nowait(event)

    def stored(self) -> list[dict]:
        """Studies of this screen, the last first."""
        found = []
        for state in sorted((self.folder / "studies").glob("*/state.json"), key=lambda file: -file.stat().st_mtime)[:50]:
            with contextlib.suppress(ValueError, OSError):
                found.append({"key": state.parent.name, "state": json.loads(state.read_text(encoding="utf-8"))})
        return found

    def results(self) -> list[str]:
        """Names of the result folders, the last first."""
        made = [file.parent for file in self.folder.glob("*/manifest.json") if FOLDER.fullmatch(file.parent.name)]
        return [place.name for place in sorted(made, key=lambda place: -place.stat().st_mtime)[:100]]


class Pages:
    """The routes of one screen."""

    def __init__(self, screen: Screen):
        self.screen = screen

    async def page(self, request: Request) -> Response:
        """The page of the screen, with its words; sets the cookie of this start."""
        words = {key: tell(key) for key in WORDS}
        data = data_block({"words": words, "title": ["marketsim", "marketsim"]})
        scripts = "".join(f'<script src="/asset/{name}" defer></script>' for name in ASSETS if name.endswith(".js"))
        styles = "".join(f'<link rel="stylesheet" href="/asset/{name}">' for name in ASSETS if name.endswith(".css"))
        lang = "zh" if request.headers.get("accept-language", "").startswith("zh") else "en"
        text = (f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>marketsim</title>{styles}</head>'
                f'<body class="screen"><aside id="rail" class="rail"></aside><div><header id="head"></header><main id="main"></main></div><script type="application/json" id="words">{data}</script>{scripts}</body></html>')  # fmt: skip
        made = Response(text, media_type="text/html; charset=utf-8")
        made.set_cookie(self.screen.cookie, self.screen.token, httponly=True, samesite="strict", path="/")
        return made

    async def asset(self, request: Request) -> Response:
        """One of the page's files, by name from a fixed list."""
        file = ASSETS.get(request.path_params["name"])
        return Response(file.read_bytes(), media_type=TYPES[file.suffix]) if file else no(404, "asset")

    async def start(self, request: Request) -> Response:
        """What is there already: studies, results, progress."""
        return JSONResponse({"studies": self.screen.stored(), "results": self.screen.results(), "progress": {k: v for k, v in self.screen.progress.items() if k != "folder"}})

    async def ask(self, request: Request) -> Response:
        """A question for the warm worker: levers, a preview, a study file."""
        asked = await _body(request)
        if asked is None or asked.get("do") not in ("levers", "preview", "write"):
            return no(400, "json")
        kept = {key: asked[key] for key in ("do", "base", "state", "option") if key in asked}
        found = await self.screen.answers.ask(kept | {"folder": str(self.screen.folder)})
        return JSONResponse({key: value for key, value in found.items() if key not in ("id", "file")})

    async def run(self, request: Request) -> Response:
        """Start a study; one at a time."""
        asked = await _body(request)
        if asked is None:
            return no(400, "json")
        if self.screen.study.running:
            return no(409, "running")
        written = await self.screen.answers.ask({"do": "write", "state": asked.get("state"), "folder": str(self.screen.folder)})
        if "file" not in written:
            return JSONResponse(written)
        self.screen.progress = {"state": "running", "done": 0, "total": written["runs"], "seconds": 0.0}
        await self.screen.study.start(Path(written["file"]), self.screen.folder)
        return JSONResponse({"runs": written["runs"]})

    async def stop(self, request: Request) -> Response:
        """Stop the study; what is finished is kept."""
        await self.screen.study.stop()
        return JSONResponse({"stopped": True})

    async def result(self, request: Request) -> Response:
        """The document of a stored result, or the same frozen as a file."""
        name = request.path_params["name"]
        if not FOLDER.fullmatch(name) or name not in self.screen.results():
            return no(404, "result")
        found = await self.screen.answers.ask({"do": "report", "folder": str(self.screen.folder / name)})
        if request.query_params.get("frozen") and "document" in found:
            lang = "zh" if request.query_params.get("lang") == "zh" else "en"
            return Response(freeze(found["document"], lang), media_type="text/html; charset=utf-8", headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.html"})
        return JSONResponse({key: value for key, value in found.items() if key != "id"})

    async def events(self, request: Request) -> Response:
        """Server-sent events."""
        return StreamingResponse(_events(self.screen), media_type="text/event-stream")


async def _events(screen: Screen) -> AsyncIterator[str]:
    """Server-sent events: what is known now, then what comes; a comment every few seconds keeps the line open."""
    queue: asyncio.Queue = asyncio.Queue()
    screen.listeners.add(queue)
    try:
        yield _event({"progress": {key: value for key, value in screen.progress.items() if key != "folder"}})
        if screen.progress.get("folder"):
            screen._later(screen._show(Path(screen.progress["folder"])))
        while True:
            try:
                yield _event(await asyncio.wait_for(queue.get(), 5))
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        screen.listeners.discard(queue)


def _event(event: dict) -> str:
    return "data: " + json.dumps(event, ensure_ascii=False) + "\n\n"


async def _body(request: Request) -> dict | None:
    """A small JSON object, None where the body is anything else."""
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        return None
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > BODY:
            return None
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def no(status: int, why: str) -> Response:
    return PlainTextResponse(f"marketsim refused: {why}\n", status)
