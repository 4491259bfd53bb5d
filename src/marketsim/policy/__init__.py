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


def choices(place: str):
    """Return the rules of a room that can stand for one another: those that read the same columns as its first rule.

    `ROOM/RULE` asks for those that read the same columns as that rule, `ROOM/RULE|RULE` as one of these, `ROOM/*` for all.
    Raises: KeyError for an unknown room or rule.
    """
    room, _, like = place.partition("/")
    table = rules(room)
    if like == "*":
        return dict(table)
    subjects = [table[one].subject for one in (like or next(iter(table))).split("|")]
    return {name: rule for name, rule in table.items() if rule.subject in subjects}
