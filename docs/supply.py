"""What marketsim is made of: a CycloneDX list of the locked packages with their hashes, and docs/licences.md.

    python docs/supply.py [--sbom build/sbom.json]
"""

import argparse
import importlib.metadata
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNKNOWN = "not installed here"


def locked(file: str) -> list[tuple[str, str, list[str]]]:
    """Packages of a lock file: (name, version, SHA-256 of every file of it)."""
    text = re.sub(r"^#.*\n", "", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", text.strip())
    found = [(re.match(r"([\w.-]+)==(\S+)", block), block) for block in blocks]
    return [(match.group(1), match.group(2), sorted(re.findall(r"sha256:([0-9a-f]{64})", block))) for match, block in found]


def licence(name: str) -> str:
    """What a package says of its licence, in a few words."""
    try:
        about = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return UNKNOWN
    classified = [text.rpartition(" :: ")[2] for text in about.get_all("Classifier") or [] if text.startswith("License")]
    said = about.get("License-Expression") or ", ".join(classified) or (about.get("License") or "").strip().split("\n")[0]
    return said[:60] or "not said"


def sbom() -> dict:
    """The list, in the form of CycloneDX 1.5; the same for the same lock file."""
    version = re.search(r'__version__ = "(.+)"', (ROOT / "src" / "marketsim" / "__init__.py").read_text(encoding="utf-8")).group(1)
    parts = [
        {"type": "library", "name": name, "version": number, "purl": f"pkg:pypi/{name}@{number}", "bom-ref": f"{name}@{number}",
         "hashes": [{"alg": "SHA-256", "content": one} for one in hashes]}
        for name, number, hashes in locked("requirements.lock")
    ]  # fmt: skip
    main = {"type": "application", "name": "marketsim", "version": version, "licenses": [{"license": {"id": "Apache-2.0"}}]}
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": main}, "components": parts}


def licences() -> str:
    """`licences.md`: the licence of every package that a run needs, as the package itself says."""
    lines = [
        "# Licences", "",
        "Packages of `requirements.lock`, with what each says of itself; made by `make sbom`. marketsim is Apache-2.0. Data and their licences stand",
        "in `datapackage.json` of each region; the chart bundle's stand beside it in the package.", "",
        "| package | version | licence |", "|---|---|---|",
    ]  # fmt: skip
    return "\n".join(lines + [f"| {name} | {version} | {licence(name)} |" for name, version, _ in locked("requirements.lock")]) + "\n"


def main() -> int:
    """Write both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sbom", type=Path, default=ROOT / "build" / "sbom.json")
    chosen = parser.parse_args()
    chosen.sbom.parent.mkdir(parents=True, exist_ok=True)
    chosen.sbom.write_text(json.dumps(sbom(), indent=1) + "\n", encoding="utf-8")
    (ROOT / "docs" / "licences.md").write_text(licences(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
