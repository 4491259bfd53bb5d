"""The server of the screen: who is answered, what it hands out, and that it stays small and alone."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

starlette = pytest.importorskip("starlette", reason="the screen needs the extra [web]")
from starlette.testclient import TestClient  # noqa: E402

from marketsim.report.live import questions  # noqa: E402
from marketsim.report.live.pages import BODY, Screen, _events  # noqa: E402
from marketsim.report.live.server import app  # noqa: E402

PORT, TOKEN = 8765, "T" * 32
HOST = {"host": f"127.0.0.1:{PORT}"}
ORIGIN = HOST | {"origin": f"http://127.0.0.1:{PORT}"}
ROUTES = [("GET", "/"), ("GET", "/asset/page.js"), ("GET", "/api/start"), ("POST", "/api/ask"), ("POST", "/api/run"), ("POST", "/api/stop"), ("GET", "/api/result/x-01234567"), ("GET", "/nothing")]
STATE = {"base": "tianjin-2020", "title": "T", "options": [{"label": "A", "set": {"markets.carbon.cap": "70 MtCO2"}}], "futures": {}, "seeds": 2}


class Told:
    """A worker that answers at once what it was asked."""

    def __init__(self):
        self.asked = []

    async def start(self):
        pass

    async def stop(self):
        pass

    async def ask(self, question):
        self.asked.append(question)
        return {"id": 1, "document": {"title": ["题", "T"]}} if question["do"] == "report" else {"id": 1, "error": [["坏", "bad"]]}


@pytest.fixture
def screen(tmp_path):
    made = Screen(tmp_path, PORT, TOKEN)
    made.answers = Told()
    return made


@pytest.fixture
def client(screen):
    return TestClient(app(screen), base_url=f"http://127.0.0.1:{PORT}", cookies={screen.cookie: TOKEN})


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("wrong", ["host", "origin", "token", "cookie of another start"])
def test_nobody_else_is_answered(screen, method, path, wrong):
    headers = dict(ORIGIN) | ({"host": "evil.example"} if wrong == "host" else {}) | ({"origin": "http://evil.example"} if wrong == "origin" else {})
    cookies = {} if wrong == "token" else {screen.cookie: "U" * 32 if "cookie" in wrong else TOKEN}
    client = TestClient(app(screen), base_url=f"http://127.0.0.1:{PORT}", cookies=cookies)
    found = client.request(method, path, headers=headers)
    assert found.status_code == 403 and wrong.split()[0].replace("cookie", "token") in found.text
    assert found.headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in found.headers["content-security-policy"]
    assert not screen.answers.asked


def test_a_write_without_an_origin_is_refused(client):
    assert client.post("/api/stop", headers=HOST).status_code == 403
    assert client.post("/api/stop", headers=ORIGIN).status_code == 200


def test_the_page_opens_by_the_token_alone_and_sets_a_cookie(screen):
    client = TestClient(app(screen), base_url=f"http://127.0.0.1:{PORT}")
    assert client.get("/", headers=HOST).status_code == 403
    found = client.get(f"/?token={TOKEN}", headers=HOST)
    assert found.status_code == 200 and "://" not in found.text
    assert "HttpOnly" in found.headers["set-cookie"] and "samesite=strict" in found.headers["set-cookie"].lower()
    assert client.get(f"/api/start?token={TOKEN}", headers=HOST, cookies={screen.cookie: ""}).status_code == 403


@pytest.mark.parametrize("name", ["page.js", "echarts.js", "live.css"])
def test_assets(client, name):
    found = client.get(f"/asset/{name}", headers=HOST)
    assert found.status_code == 200 and len(found.content) > 500
    assert "javascript" in found.headers["content-type"] or "css" in found.headers["content-type"]


@pytest.mark.parametrize("path", ["/asset/..%2Fserver.py", "/asset/server.py", "/api/result/..%2F..%2Fetc", "/api/result/%2e%2e", "/api/result/secret-01234567", "/api/result/manifest.json"])
def test_nothing_outside_the_results_is_served(client, screen, path):
    (screen.folder.parent / "secret-01234567").mkdir(exist_ok=True)
    (screen.folder.parent / "secret-01234567" / "manifest.json").write_text("{}")
    assert client.get(path, headers=HOST).status_code == 404
    assert not screen.answers.asked


def test_a_result_is_told_and_frozen(client, screen):
    (screen.folder / "mine-01234567").mkdir()
    (screen.folder / "mine-01234567" / "manifest.json").write_text("{}")
    assert client.get("/api/start", headers=HOST).json()["results"] == ["mine-01234567"]
    assert client.get("/api/result/mine-01234567", headers=HOST).json() == {"document": {"title": ["题", "T"]}}
    assert screen.answers.asked[0]["folder"] == str(screen.folder / "mine-01234567")


@pytest.mark.parametrize(("content", "kind"), [
    (b"[1]", "application/json"), (b"{", "application/json"), (b"{}", "application/json"), (b'{"do": "study"}', "application/json"),
    (b'{"do": "levers"}', "text/plain"), (b'{"do": "levers", "base": "' + b"x" * BODY + b'"}', "application/json"), (b"\xff\xfe", "application/json"),
])  # fmt: skip
def test_only_small_questions_in_json_are_read(client, screen, content, kind):
    assert client.post("/api/ask", content=content, headers=ORIGIN | {"content-type": kind}).status_code == 400
    assert not screen.answers.asked


def test_a_refused_study_says_why_and_starts_nothing(client, screen):
    found = client.post("/api/run", json={"state": {"base": "../../etc"}}, headers=ORIGIN)
    assert found.json() == {"id": 1, "error": [["坏", "bad"]]} and not screen.study.running


def test_events_tell_what_is_known_and_what_comes(screen):
    async def listen():
        events = _events(screen)
        first = await anext(events)
        screen._heard({"done": 1, "total": 4, "seconds": 2.0})
        second = await anext(events)
        await events.aclose()
        return first, second

    first, second = (json.loads(text.removeprefix("data: ")) for text in ThreadPoolExecutor(1).submit(asyncio.run, listen()).result())
    assert first == {"progress": {"state": "idle"}} and second["progress"] == {"state": "running", "done": 1, "total": 4, "seconds": 2.0}
    assert not screen.listeners


def test_the_server_knows_no_simulator():
    code = "import sys, uvicorn, marketsim.report.live.server, marketsim.cli_serve; print([n for n in ('numpy', 'pandas', 'mesa', 'numba', 'pydantic', 'duckdb') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_state_becomes_a_study_file_that_the_command_line_reads(tmp_path):
    from marketsim.scenario import load

    state = STATE | {"options": [*STATE["options"], {"label": "<script>", "set": {"markets.carbon.allocation": '{"rule": "grandfathering", "factor": "95%"}'}}], "futures": {"activity.growth": ["1%", "2%"]}}
    found = questions.write(state, tmp_path)
    scenario = load(found["file"])
    assert list(scenario.question.options) == ["o1", "o2"] and scenario.question.runs.seeds == 2 and found["runs"] == 4
    assert questions.one(state, 1).question.markets["carbon"].allocation.parameters["factor"] is not None
    assert json.loads((tmp_path / "studies").glob("*/state.json").__next__().read_text()) == state


@pytest.mark.parametrize("change", [{"base": "../x"}, {"base": "/etc/passwd"}, {"seeds": 0}, {"seeds": 10**9}, {"options": []}, {"options": [{}] * 21}, {"base": None}])
def test_a_state_that_is_none_is_refused(tmp_path, change):
    from marketsim.errors import MarketsimError

    with pytest.raises(MarketsimError):
        questions.write(STATE | change, tmp_path)


def test_levers_are_numbers_of_the_scenario_with_their_meaning():
    found = questions.levers("tianjin-2020")
    levers = {one["key"]: one for one in found["options"]}
    assert levers["markets.carbon.allocation.factor"]["value"] == "98%" and levers["markets.carbon.cap"]["meaning"][1]
    for name in ("markets.carbon.allocation.factor", "markets.carbon.compliance.offset_limit", "markets.carbon.price_band"):
        zh, en = levers[name]["meaning"]
        assert en.endswith(".") and zh.endswith("。"), name
    assert any(one["key"] == "activity.growth" for one in found["futures"]) and "tianjin-2020" in found["bases"]


def asked(do: str, number: int, **more) -> bytes:
    return json.dumps({"do": do, "id": number} | more).encode() + b"\n"


@pytest.fixture
def desk(monkeypatch):
    """A worker's desk whose standard input is a pipe, a function that writes to it, and what the worker said."""
    import os

    from marketsim.report.live import worker

    reading, writing = os.pipe()
    monkeypatch.setattr(sys, "stdin", os.fdopen(reading))
    said = []
    monkeypatch.setattr(worker, "_tell", said.append)
    yield worker.Desk(), lambda data: os.write(writing, data), said
    os.close(writing)


def test_a_quick_question_is_answered_while_a_preview_runs(desk, monkeypatch):
    from marketsim.report.live import previews

    made, write, said = desk

    def slow(scenario, look):
        write(asked("levers", 2, base="tianjin-2020")[:9])
        look()
        write(asked("levers", 2, base="tianjin-2020")[9:])
        look()
        return {"title": ["", ""]}

    monkeypatch.setattr(previews, "preview", slow)
    made.reply({"do": "preview", "id": 1, "state": STATE, "option": 0})
    assert [found["id"] for found in said] == [2, 1] and said[0]["base"] == "tianjin-2020" and "document" in said[1]


def test_a_newer_preview_ends_the_one_at_work_and_the_same_one_does_not(desk, monkeypatch):
    from marketsim.report.live import previews

    made, write, said = desk
    other = STATE | {"options": [{"label": "A", "set": {"markets.carbon.cap": "71 MtCO2"}}]}
    coming = [asked("preview", 2, state=STATE | {"title": "renamed"}, option=0), asked("preview", 3, state=other, option=0) + asked("report", 4, folder="none")]
    looked = []

    def slow(scenario, look):
        for data in (coming.pop(0), coming.pop(0)) if coming else ():
            write(data)
            look()
            looked.append(data)
        return {"title": ["", ""]}

    monkeypatch.setattr(previews, "preview", slow)
    made.reply({"do": "preview", "id": 1, "state": STATE, "option": 0})
    assert len(looked) == 1, "asked again under another title it goes on"
    assert said == [{"id": 2, "superseded": True}, {"id": 1, "superseded": True}] and [one["id"] for one in made.line] == [3, 4]
    made.reply(made.line.popleft())
    assert "document" in said[-1]


def test_a_preview_that_waits_is_read_once(desk, monkeypatch):
    from marketsim.report.live import previews

    made, write, said = desk
    read, original = [], questions.one
    monkeypatch.setattr(questions, "one", lambda state, option: read.append(state["title"]) or original(state, option))

    def slow(scenario, look):
        write(asked("preview", 2, state=STATE | {"title": "waits"}, option=0))
        for _ in range(20):
            look()
        return {"title": ["", ""]}

    monkeypatch.setattr(previews, "preview", slow)
    made.reply({"do": "preview", "id": 1, "state": STATE, "option": 0})
    assert read == ["T", "waits"] and "document" in said[-1] and [one["id"] for one in made.line] == [2]


def test_a_preview_is_not_run_twice():
    from marketsim.report.live import previews

    runs = []
    original = previews._run
    previews._run = lambda scenario, look: runs.append(scenario) or {"title": ("", ""), "figures": len(runs)}
    shown, previews.document = previews.document, lambda made: made
    try:
        first = previews.preview(questions.one(STATE, 0), lambda: None)
        again = previews.preview(questions.one(STATE | {"title": "Other"}, 0), lambda: None)
    finally:
        previews._run, previews.document = original, shown
        previews._known.clear()
    assert len(runs) == 1 and first == {"title": ("T", "T"), "figures": 1} and again == {"title": ("Other", "Other"), "figures": 1}


def test_a_dead_worker_is_told_and_replaced():
    from marketsim.report.live.jobs import LOST, Answers

    async def talk():
        answers = Answers()
        first = await answers.ask({"do": "levers", "base": "tianjin-2020"})
        waiting = asyncio.create_task(answers.ask({"do": "levers", "base": "tianjin-2020"}))
        await asyncio.sleep(0)
        answers.process.kill()
        lost = await waiting
        again = await answers.ask({"do": "levers", "base": "tianjin-2020"})
        await answers.stop()
        return first, lost, again

    first, lost, again = ThreadPoolExecutor(1).submit(asyncio.run, talk()).result()
    assert first["base"] == "tianjin-2020" and again["options"] == first["options"]
    assert lost == LOST


def test_a_preview_by_a_warm_worker_takes_no_longer_than_a_second_and_a_half():
    import time

    from marketsim.report.live import previews

    took = []
    for cap in (75, 74, 73, 72):
        scenario = questions.one(STATE | {"options": [{"label": "A", "set": {"markets.carbon.cap": f"{cap} MtCO2"}}]}, 0)
        since = time.process_time()  # processor time, not the clock: other tests run beside this one
        assert previews.preview(scenario, lambda: None)["sections"]
        took.append(time.process_time() - since)
    assert min(took[1:]) <= 1.5, took
