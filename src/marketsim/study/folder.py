"""A result folder on disk: its name, and files that are there whole or not at all.

Every file is written under a temporary name, flushed to the disk and then renamed; the manifest comes last, so a folder
with a manifest is complete and a crash leaves either the former result or a folder that says it is not one.
"""

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from marketsim import __version__, resources

MANIFEST = "manifest.json"
SEAL = "seal"
"""Key of the manifest's own hash: it vouches for every other file, and this for itself."""
LONGEST_NAME = 64


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_hash(folder: Path, pattern: str = "*") -> str:
    """Hex SHA-256 over the names and the bytes of the files below a folder, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob(pattern) if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@cache
def code_version() -> str:
    """Version of the package and a hash of its sources and shipped data: what a result depends on besides the question."""
    parts = tree_hash(Path(__file__).resolve().parents[1], "*.py") + tree_hash(resources.path("configs"))
    return f"{__version__}+{hashlib.sha256(parts.encode()).hexdigest()[:12]}"


def hash8(question: str, region: Path, seed: int) -> str:
    """First 8 hex digits of the hash of a resolved question (canonical JSON), its region's data, a seed and the code."""
    return hashlib.sha256("\n".join([question, tree_hash(region), str(seed), code_version()]).encode()).hexdigest()[:8]


def folder_name(name: str, hash8: str) -> str:
    """`NAME-HASH8`; blanks become hyphens, and a name that is no plain file name (letters of any script, digits, - _ .) gives way to its own hash."""
    plain = "-".join(unicodedata.normalize("NFC", name).split(" "))
    fits = plain.strip(".") and len(plain) <= LONGEST_NAME and len(plain.encode(errors="replace")) <= 3 * LONGEST_NAME
    sound = fits and all(sign.isalnum() or sign in "-_." for sign in plain)
    return f"{plain if sound else hashlib.sha256(name.encode(errors='replace')).hexdigest()[:12]}-{hash8}"


def write(folder: Path, writers: Mapping[str, Callable[[Path], None]], manifest: Callable[[], bytes]) -> None:
    """Write the files of a result folder, each by a function given the path to write, then the manifest.

    `manifest` is called once the other files stand under their temporary names (`staged`), so that it may hash them.
    Raises OSError when the disk refuses; an earlier result in the folder is then still whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, write_file in writers.items():
            write_file(staged(folder, name))
            flush(staged(folder, name))
        staged(folder, MANIFEST).write_bytes(manifest())
        flush(staged(folder, MANIFEST))
        for name in (*writers, MANIFEST):
            os.replace(staged(folder, name), folder / name)
    finally:
        for name in (*writers, MANIFEST):
            staged(folder, name).unlink(missing_ok=True)
    flush(folder)
    flush(folder.parent)


def sealed(manifest: Mapping) -> bytes:
    """A manifest as it is written: readable JSON that carries the hash of its own content."""
    manifest = json.loads(json.dumps(manifest))  # as it will be read
    return (json.dumps({**manifest, SEAL: _seal(manifest)}, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def unsealed(folder: Path) -> dict:
    """The manifest of a folder. Raises FileNotFoundError where there is none, ValueError where it is not as it was written."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if not isinstance(manifest, dict) or manifest.get(SEAL) != _seal(manifest):
        raise ValueError("it is not as it was written")
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(isinstance(entry, dict) and Path(name).name == name for name, entry in files.items()):
        raise ValueError("it does not list the files of a result")
    return manifest


def _seal(manifest: Mapping) -> str:
    content = {key: value for key, value in manifest.items() if key != SEAL}
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def staged(folder: Path, name: str) -> Path:
    """Where a file of `folder` stands until all of them are written."""
    return folder / f".{name}.{os.getpid()}.tmp"


def flush(path: Path) -> None:
    """Force a file or folder out to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
