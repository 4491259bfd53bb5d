"""The law: one small file a rule, one explicit table a room."""

from importlib import import_module

ROOMS = (
    "allocation",
    "compliance",
    "stability",
    "decomposition",
    "assessment",
    "transfers",
    "links",
    "audit",
)


def rules(room: str):
    """Return the table `RULES` (name to `Rule`) of one room. Raises: KeyError for an unknown room."""
    if room not in ROOMS:
        raise KeyError(room)
    return import_module(f"{__name__}.{room}").RULES
