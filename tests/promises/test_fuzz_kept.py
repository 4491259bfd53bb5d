"""Every input that fuzzing began with or found is tried again: our own errors only, and at once."""

import importlib.util
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name):
    """A campaign of benchmarks/, loaded by its path."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["loader", "results", "csv"])
def test_nothing_kept_breaks_a_reader(name):
    begun = time.process_time()
    assert script("fuzz").replay(name) >= 5
    assert time.process_time() - begun < 5
