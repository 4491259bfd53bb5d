"""A checkpoint is World alone: its state and its journal as plain arrays, from which a run goes on to the same bytes.

Only what changes during a run is kept; the setting is founded again from the same scenario and seed.
"""

import dataclasses
import io
import json
from collections.abc import Mapping

import numpy as np

from marketsim.domain.ledger import Entries
from marketsim.errors import RunError
from marketsim.markets.contracts import Contracts
from marketsim.policy.compliance.surrender import Settlement
from marketsim.simulation.world import World

RECORDS = {"Contracts": Contracts, "Settlement": Settlement}
SEPARATOR = "|"


def save(world: World) -> bytes:
    """The checkpoint of a world that stands between two ticks. Raises RunError while orders are waiting to be matched."""
    if world.state.waiting:
        raise RunError("a checkpoint can be taken between ticks only: orders are waiting to be matched")
    arrays: dict[str, np.ndarray] = {}
    plain: dict[str, object] = {}
    for field in dataclasses.fields(world.state):
        _put(field.name, getattr(world.state, field.name), arrays, plain)
    plain["journal"] = [[tick, len(batch)] for tick, batch in world.ledger.journal]
    plain["suspensions"] = world.ledger.suspensions
    for name in (field.name for field in dataclasses.fields(Entries)):
        columns = [getattr(batch, name) for _, batch in world.ledger.journal]
        arrays[f"journal{SEPARATOR}{name}"] = np.concatenate(columns) if columns else np.zeros(0, np.int64)
    arrays["plain"] = np.frombuffer(json.dumps(plain, sort_keys=True).encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def restore(world: World, checkpoint: bytes) -> World:
    """Bring a freshly founded world of the same scenario and seed to where the checkpoint was taken."""
    with np.load(io.BytesIO(checkpoint), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    plain = json.loads(arrays.pop("plain").tobytes())
    for field in dataclasses.fields(world.state):
        setattr(world.state, field.name, _get(field.name, arrays, plain))
    at = 0
    for tick, length in plain["journal"]:
        rows = slice(at, at + length)
        at += length
        columns = {field.name: arrays[f"journal{SEPARATOR}{field.name}"][rows] for field in dataclasses.fields(Entries)}
        world.ledger.post(tick, Entries(**columns))  # every posting is checked again on the way
    for tick, asset, account, on in plain["suspensions"]:
        world.ledger.suspend(tick, asset, account, lift=not on)
    return world


def _put(name: str, value: object, arrays: dict[str, np.ndarray], plain: dict[str, object]) -> None:
    if isinstance(value, np.ndarray):
        arrays[name] = value
    elif isinstance(value, Mapping):
        plain[name] = {"mapping": list(value)}
        for key, item in value.items():
            _put(f"{name}{SEPARATOR}{key}", item, arrays, plain)
    elif type(value).__name__ in RECORDS:
        plain[name] = {"record": type(value).__name__}
        for field in dataclasses.fields(value):
            _put(f"{name}{SEPARATOR}{field.name}", getattr(value, field.name), arrays, plain)
    else:
        plain[name] = {"value": value}


def _get(name: str, arrays: dict[str, np.ndarray], plain: dict):
    if name in arrays:
        return arrays[name]
    what = plain[name]
    if "mapping" in what:
        return {key: _get(f"{name}{SEPARATOR}{key}", arrays, plain) for key in what["mapping"]}
    if "record" in what:
        record = RECORDS[what["record"]]
        return record(**{field.name: _get(f"{name}{SEPARATOR}{field.name}", arrays, plain) for field in dataclasses.fields(record)})
    value = what["value"]
    return [tuple(row) for row in value] if isinstance(value, list) else value
