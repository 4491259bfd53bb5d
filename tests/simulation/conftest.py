"""Runs shared by the tests of a whole year: the invented city of two districts, and Tianjin on typical days."""

from pathlib import Path

import pytest

from marketsim.scenario import load
from marketsim.simulation.found import found
from marketsim.simulation.institutions import agenda
from marketsim.simulation.run import play

ROOT = Path(__file__).resolve().parents[2]
TWIN = ROOT / "tests" / "data" / "twin.yaml"
TIANJIN = ROOT / "scenarios" / "tianjin-2020.yaml"
PATHS = {"twin": TWIN, "tianjin": TIANJIN}


def _founded(path, seed=1, settings=()):
    """A world at the beginning of its calendar."""
    world = found(load(path, tuple(settings)), seed)
    world.agenda = agenda(world)
    return world


def _played(path, seed=1, settings=()):
    """A world at the end of its calendar."""
    world = _founded(path, seed, settings)
    play(world)
    return world


@pytest.fixture(scope="session")
def founded():
    """A function (path or "twin" or "tianjin", seed, settings) → a world at the beginning."""
    return lambda name, seed=1, settings=(): _founded(PATHS[name], seed, settings)


@pytest.fixture(scope="session")
def played():
    """The same, → a world at the end."""
    return lambda name, seed=1, settings=(): _played(PATHS.get(name, name), seed, settings)


@pytest.fixture(scope="session")
def twin():
    return _played(TWIN)


@pytest.fixture(scope="session")
def tianjin():
    return _played(TIANJIN, settings=("power.resolution=typical-days",))
