"""What an audit finds: a sentence in both languages, how much, and the switch that ends it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`code` of the finding, whom it concerns, `amount` in base units or fen (0 where it is a rule),
    `switch`: the key of the scenario to change, with the value that ends it."""

    code: str
    who: str
    amount: int
    message: str
    message_zh: str
    switch: str
