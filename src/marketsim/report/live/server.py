"""The server of the screen: hands out the page and its files, passes questions to workers, and streams what they say.

It binds this machine only, asks every request for the token of this start, refuses other Host and Origin headers (DNS rebinding, requests
forged by another page), takes small JSON bodies only and serves nothing outside its results folder. It imports no simulator: workers do.
Source: OWASP ASVS 5.0, 3.4 and 3.5 (headers, origin), 13 (API).
"""

import contextlib

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from marketsim.report.live.pages import Pages, Screen, no

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip


def app(screen: Screen) -> Starlette:
    """The application; every route goes through the same checks."""

    @contextlib.asynccontextmanager
    async def life(_: Starlette):
        await screen.answers.start()
        yield
        await screen.study.stop()
        await screen.answers.stop()

    pages = Pages(screen)
    routes = [Route("/", pages.page), Route("/asset/{name}", pages.asset), Route("/api/start", pages.start), Route("/api/ask", pages.ask, methods=["POST"]), Route("/api/run", pages.run, methods=["POST"]),
              Route("/api/stop", pages.stop, methods=["POST"]), Route("/api/result/{name}", pages.result), Route("/api/events", pages.events)]  # fmt: skip
    made = Starlette(routes=routes, lifespan=life)
    made.add_middleware(Guard, screen=screen)
    return made


class Guard:
    """Checks every request before any route sees it, and puts the safety headers on every answer."""

    def __init__(self, app, screen: Screen):
        self.app, self.screen = app, screen

    async def __call__(self, scope, receive, send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def sent(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((key.lower().encode(), value.encode()) for key, value in HEADERS.items())]
            await send(message)

        why = self.screen.refused(Request(scope))
        if why:
            return await no(403, why)(scope, receive, sent)
        try:
            return await self.app(scope, receive, sent)
        except (OSError, ValueError, KeyError):
            return await no(500, "error")(scope, receive, sent)
