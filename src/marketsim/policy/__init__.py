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


def choices(room: str):
    """Return the rules of a room that can stand for one another: those that read the same columns as its first rule.

    A room may hold others beside them, such as the auction beside the rules that hand out free.
    """
    table = rules(room)
    subject = next(iter(table.values())).subject
    return {name: rule for name, rule in table.items() if rule.subject is subject}
