"""One line of a table of validation: what is due, what came out, and whether that is near enough."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """`due` what the source says, `accept` the rule of acceptance, `ours` what came out, `passed` None where the figure is reported only."""

    name: str
    due: str
    accept: str
    ours: str
    passed: bool | None


def near(name: str, ours: float, due: float, within: float) -> Check:
    """A figure that must lie within an absolute distance of `due`."""
    return Check(name=name, due=_text(due), accept=f"± {_text(within)}", ours=_text(ours), passed=abs(ours - due) <= within)


def close(name: str, ours: float, due: float, share: float) -> Check:
    """A figure that must lie within a share of `due`."""
    return Check(name=name, due=_text(due), accept=f"± {_text(100 * share)} %", ours=_text(ours), passed=abs(ours - due) <= share * abs(due))


def between(name: str, ours: float, low: float | None, high: float | None) -> Check:
    """A figure that must lie in an interval; None leaves that end open."""
    accept = f"{_text(low)} to {_text(high)}" if low is not None and high is not None else f"≥ {_text(low)}" if high is None else f"≤ {_text(high)}"
    passed = (low is None or ours >= low) and (high is None or ours <= high)
    return Check(name=name, due="", accept=accept, ours=_text(ours), passed=passed)


def holds(name: str, due: str, ours: str, passed: bool) -> Check:
    """A statement that must be true."""
    return Check(name=name, due=due, accept="must hold", ours=ours, passed=bool(passed))


def reported(name: str, due: str, ours: float) -> Check:
    """A figure that is shown and judges nothing."""
    return Check(name=name, due=due, accept="reported", ours=_text(ours), passed=None)


def shown(name: str, due: str, ours) -> Check:
    """Several figures that are shown and judge nothing."""
    return Check(name=name, due=due, accept="reported", ours=series(ours), passed=None)


def series(values) -> str:
    """Several figures as one text."""
    return ", ".join(_text(value) for value in values)


def _text(value: float) -> str:
    """A figure with up to four decimals, a very small one as a power of ten."""
    number = float(value) + 0.0  # no minus zero
    if 0 < abs(number) < 1e-3:
        return f"{number:.1e}"
    return f"{number:.4f}".rstrip("0").rstrip(".") if abs(number) < 1000 else f"{number:,.4f}".rstrip("0").rstrip(".")
