"""What the package shows to the world, and what the repository promises about its own files."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import marketsim

ROOT = Path(__file__).resolve().parents[2]


def test_the_public_names_are_those_exposed():
    exposed = {name for name, value in vars(marketsim).items() if not name.startswith("_") and type(value).__name__ != "module"}
    assert exposed <= set(marketsim.__all__) and len(set(marketsim.__all__)) == len(marketsim.__all__)
    assert all(getattr(marketsim, name) is not None for name in marketsim.__all__)


def test_the_face_reads_scenarios():
    assert marketsim.load("tianjin-2020").name == "tianjin-2020"


def test_lock_files_pin_every_package_by_hash_and_name_no_index():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        blocks = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
        assert len(blocks) > 20 and all(re.match(r"[\w.-]+==\S+", b) and "--hash=sha256:" in b for b in blocks)


def test_every_run_time_dependency_is_pinned_and_argued():
    names = [re.match(r"[\w.]+", d).group() for d in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]]
    locked = (ROOT / "requirements.lock").read_text()
    decisions = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "decisions").glob("*.md"))
    for name in names:
        assert f"\n{name.replace('.', '-')}==" in locked, f"{name} is not in requirements.lock: make lock"
        assert re.search(rf"^# .*{re.escape(name)}", decisions, re.MULTILINE | re.IGNORECASE), f"no page in docs/decisions argues for {name}"


def test_the_version_is_the_same_everywhere():
    assert f"version: {marketsim.__version__}" in (ROOT / "CITATION.cff").read_text()
    assert f"## {marketsim.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_generated_pages_are_up_to_date():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.PAGES
    for name, make in generate.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == make(), f"docs/{name} is out of date: make docs"


def test_links_between_pages_lead_somewhere():
    pages = [path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "results" / "README.md"]]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))]
    assert not [f"{page.name}: {link}" for page, link in links if "://" not in link and not link.startswith("made/") and not (page.parent / link).exists()]  # made/ is built with the site


def test_the_linter_has_nothing_to_say():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
