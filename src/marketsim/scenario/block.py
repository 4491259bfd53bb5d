"""What every block of a scenario file is: frozen, typed, without unknown keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


class Block(BaseModel):
    """A block of a scenario file: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)
