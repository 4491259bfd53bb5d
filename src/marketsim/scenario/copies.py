"""Many cities in one market: the amounts of a question that count what is in the city, so many times.

    a country of N cities = N × holders, use, caps, outside supply, targets and fleet, at the same prices and shares

What a single trade or firm is held to (the smallest block, thresholds, price bands) stays as it is.
"""

from dataclasses import replace

from marketsim.scenario.block import Block
from marketsim.scenario.schema import Auction, Link, Market, Offsets, Question, Targets
from marketsim.scenario.schema_power import Mechanism, Storage

TOTALS: dict[type[Block], tuple[str, ...]] = {
    Market: ("cap",), Auction: ("volume",), Offsets: ("supply",), Link: ("cap", "response"), Targets: ("total",),
    Storage: ("volume",), Mechanism: ("volume",),
}  # fmt: skip
"""Keys of each block that hold a total of the city."""
OF_ONE = {"Blocks": ("least",)}
"""Amounts that no number of cities changes."""


def many_cities(question: Question) -> Question:
    """The question with every total of the city `copies` times; payments between places that stand in a table are checked not to be asked for."""
    return question if question.copies == 1 else _times(question, question.copies)


def _times(block: Block, copies: int) -> Block:
    """A block and all blocks in it with their totals `copies` times."""
    changed = {}
    for name in type(block).model_fields:
        value = getattr(block, name)
        if name in TOTALS.get(type(block), ()) and value is not None:
            changed[name] = replace(value, value=value.value * copies)
        elif isinstance(value, Block):
            changed[name] = _times(value, copies)
        elif isinstance(value, dict):
            changed[name] = {key: _times(one, copies) if isinstance(one, Block) else one for key, one in value.items()}
    return block.model_copy(update=changed)
