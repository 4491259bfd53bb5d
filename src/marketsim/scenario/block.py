"""What every block of a scenario file is: frozen, typed, without unknown keys."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=200)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


class Block(BaseModel):
    """A block of a scenario file: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


class RuleChoice(BaseModel):
    """A rule of law by name, with the parameters that its file declares."""

    model_config = ConfigDict(frozen=True, extra="allow")
    rule: Key = Field(description="Name of a rule in the room's table; `marketsim explain RULE` prints it.")

    @property
    def parameters(self) -> dict[str, Any]:
        """What the file sets besides the name of the rule."""
        return dict(self.model_extra or {})
