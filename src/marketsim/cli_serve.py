"""Verbs of the screen and the shell: serve, completion."""

import shlex
import socket
import sys
from argparse import Namespace
from pathlib import Path

from marketsim.errors import InputError, RunError
from marketsim.messages import say


def serve(chosen: Namespace) -> int:
    """The screen on 127.0.0.1, until interrupted; prints the address with the token of this start."""
    import asyncio

    folder = Path(chosen.folder)
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_served(folder, _listen(chosen.port, chosen.lang), chosen.lang))
    return 0


async def _served(folder: Path, listening: socket.socket, lang: str) -> None:
    """The worker is started before the server's own packages are loaded: it has far more to load, and does so meanwhile."""
    from marketsim.report.live.jobs import Answers

    port, answers = listening.getsockname()[1], Answers()
    await answers.start()
    try:
        try:
            import uvicorn

            from marketsim.report.live.server import Screen, app
        except ModuleNotFoundError as error:
            raise InputError(say("cli.extra", {"extra": "web", "package": str(error.name), "python": shlex.quote(sys.executable)}, lang)) from None
        screen = Screen(folder.resolve(), port, answers=answers)
        print(f"http://127.0.0.1:{port}/?token={screen.token}", flush=True)
        print(say("cli.serving", {"folder": str(folder)}, lang), file=sys.stderr)
        config = uvicorn.Config(app(screen), log_level="critical", access_log=False, server_header=False, timeout_graceful_shutdown=2)
        await uvicorn.Server(config).serve(sockets=[listening])
    finally:
        await answers.stop()


def _listen(port: int, lang: str) -> socket.socket:
    """A socket on this machine only. Raises InputError where there is no such port, RunError where it is taken."""
    if not 0 <= port < 2**16:
        raise InputError(say("cli.port", {"port": str(port)}, lang))
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", port))
    except OSError as error:
        raise RunError(f"port {port}: {error.strerror or error}") from None
    made.listen(64)
    return made


def completion(chosen: Namespace) -> int:
    """A script that completes verbs and options in bash, zsh or fish."""
    from marketsim.cli import ARGUMENTS, VERBS

    words = {verb: ["--json", "--quiet", "--lang", "--help"] + [flag for name in takes for flag in ARGUMENTS[name][0] if flag.startswith("--")] for verb, (_, takes) in VERBS.items()}
    print({"bash": _bash, "zsh": _zsh, "fish": _fish}[chosen.shell](words))
    return 0


def _bash(words: dict[str, list[str]]) -> str:
    cases = "\n".join(f'    {verb}) words="{" ".join(options)}" ;;' for verb, options in words.items())
    return f"""_marketsim() {{
  local words="{" ".join(words)}" here="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -gt 1 ]; then case "${{COMP_WORDS[1]}}" in
{cases}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$here"))
  if [ "$COMP_CWORD" -gt 1 ] && [ "${{here#-}}" = "$here" ]; then COMPREPLY+=($(compgen -f -- "$here")); fi
}}
complete -F _marketsim marketsim"""


def _zsh(words: dict[str, list[str]]) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(words)


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c marketsim -n __fish_use_subcommand -f -a '{' '.join(words)}'"]
    lines += [f"complete -c marketsim -n '__fish_seen_subcommand_from {verb}' -l {option.lstrip('-')}" for verb, options in words.items() for option in options]
    return "\n".join(lines)
