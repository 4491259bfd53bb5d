"""The wheel: the same bytes when built twice, and complete: the demonstration runs from it in an empty folder."""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def call(*command, cwd, **settings):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | settings
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def build(folder: Path) -> Path:
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT, SOURCE_DATE_EPOCH="1600000000")
    return next(folder.glob("marketsim-*.whl"))


@pytest.mark.slow
def test_the_wheel_is_reproducible_complete_and_runs_by_itself(tmp_path):
    wheel, again = build(tmp_path / "one"), build(tmp_path / "two")
    assert hashlib.sha256(wheel.read_bytes()).digest() == hashlib.sha256(again.read_bytes()).digest()
    packed = set(zipfile.ZipFile(wheel).namelist())
    shipped = [path.relative_to(ROOT).as_posix() for top in ("configs", "scenarios") for path in (ROOT / top).rglob("*") if path.is_file()]
    assert len(shipped) > 10 and {f"marketsim/{name}" for name in shipped} <= packed
    assert not [name for name in packed if name.startswith(("tests", "results", "docs")) or name.endswith(".pyc")]

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    call(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # the locked packages, without our own checkout
    empty = tmp_path / "empty"
    empty.mkdir()
    where = call(python, "-c", "import marketsim; print(marketsim.__file__)", cwd=empty).stdout
    assert str(site) in where
    call(tmp_path / "venv" / "bin" / "marketsim", "demo", cwd=empty, HOME=str(tmp_path))
    folders = list((empty / "results").iterdir())
    assert len(folders) == 1 and (folders[0] / "report.html").is_file()
    manifest = json.loads((folders[0] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["schema"] == "marketsim.run/1"
    call(tmp_path / "venv" / "bin" / "marketsim", "verify", folders[0], cwd=empty)
