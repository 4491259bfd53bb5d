"""A result folder read back: its tables, and whether its files are still the ones that were written."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas

from marketsim.errors import InputError, printable
from marketsim.messages import LANGUAGES, say
from marketsim.study import store
from marketsim.study.folder import MANIFEST, sha256, unsealed

SCHEMA = "marketsim.run/1"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A result folder: its manifest, and its tables as data frames read when asked for."""

    folder: Path
    manifest: Mapping = field(repr=False)

    @cached_property
    def summary(self) -> pandas.DataFrame:
        """One row per option, future, seed, region and metric, with unit and value (int or float); units by metric in `attrs`."""
        try:
            return with_units(store.read_summary(self.folder / "summary.csv"))
        except (ValueError, KeyError, OverflowError) as error:  # a forger who knows the hashes
            raise InputError(f"{self.folder / 'summary.csv'} is no summary: {printable(str(error))}") from None

    @cached_property
    def series(self) -> pandas.DataFrame:
        """Long table: tick, date, region, metric, unit, value; units by metric in `attrs`."""
        return with_units(store.read_parquet(self.folder / "series.parquet"))

    @cached_property
    def journal(self) -> pandas.DataFrame:
        """Every posting of the ledger, in order; units of the amounts by asset in `attrs`."""
        table = store.read_parquet(self.folder / "journal.parquet")
        units = self.summary.attrs["units"]
        table.attrs["units"] = {name.removeprefix("reconcile.").rpartition(".")[0]: units[name] for name in units if name.startswith("reconcile.")}
        return table


def with_units(table: pandas.DataFrame) -> pandas.DataFrame:
    """The table with the unit of each of its metrics in `attrs["units"]`."""
    table.attrs["units"] = dict(zip(table["metric"], table["unit"], strict=True))
    return table


def load(folder: str | Path) -> Stored:
    """Open a result folder. Raises InputError when it is not a finished one, or one of its files is missing or damaged."""
    stored = _open(Path(folder))
    problems = _damaged(stored)
    if problems:
        raise InputError(f"{folder}: {'; '.join(problems)}. Run the scenario again to recompute it.")
    return stored


def verify(folder: str | Path) -> list[str]:
    """What is wrong with a result folder, file by file, with its digest and with its journal replayed; empty when it is sound.

    Raises InputError when it is not a finished result folder at all.
    """
    stored = _open(Path(folder))
    problems = _damaged(stored)
    if not problems and store.digest(stored.summary, stored.journal) != stored.manifest["digest"]:
        problems.append("the digest of summary and journal is not the one in the manifest")
    return problems or _replayed(stored)


def _replayed(stored: Stored) -> list[str]:
    """What the journal, posted once more, does not confirm; a result without balances has nothing to confirm."""
    from marketsim.study import replay  # it needs the engine, which reading a result does not

    if not stored.summary["metric"].str.startswith(replay.RECONCILED).any():
        return []
    return replay.differences(stored.summary, stored.journal)


def missing(folder: Path) -> InputError:
    """Why a folder that has no manifest is no result: it is not there, perhaps misspelt, or it is some other folder."""
    shown = printable(str(folder), 300)
    if folder.is_dir():
        inside = sorted(found.parent for found in folder.glob(f"*/{MANIFEST}"))
        return InputError.of("error.no_result", {"folder": shown, "manifest": MANIFEST, "example": str(inside[0]) if inside else "results/NAME-HASH8"})
    beside = [str(found.parent) for place in (folder.parent, Path("results")) for found in sorted(place.glob(f"*/{MANIFEST}"))]
    near = difflib.get_close_matches(str(folder), beside, n=1, cutoff=0.5)
    place = {lang: say("error.no_folder_near", {"near": near[0]}, lang) if near else "" for lang in LANGUAGES}
    return InputError.of("error.no_folder", {"folder": shown, "near": place})


def _open(folder: Path) -> Stored:
    path = folder / MANIFEST
    try:
        manifest = unsealed(folder)
        schema = manifest["schema"]
    except (FileNotFoundError, NotADirectoryError):
        raise missing(folder) from None
    except (ValueError, KeyError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {error}. Run the scenario again to recompute it.") from None
    if schema != SCHEMA:
        raise InputError(f"{path} says {printable(repr(schema))}; this version of marketsim reads {SCHEMA}")
    return Stored(folder=folder, manifest=manifest)


def _damaged(stored: Stored) -> list[str]:
    """Files that are missing or no longer have the hash the manifest gives them."""
    problems = []
    for name, entry in sorted(stored.manifest["files"].items()):
        path = stored.folder / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif sha256(path) != entry.get("sha256"):
            problems.append(f"{name} is not as it was written")
    return problems
