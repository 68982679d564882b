"""What every source's config has in common."""

from pydantic import BaseModel, ConfigDict, Field


class SourceConfig(BaseModel):
    """`required`: without it nothing is published. `tolerance`: the share of delivered rows that
    may lie in quarantine before the first gate refuses the night (0: not one row)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    required: bool = True
    tolerance: float = Field(default=0.0, ge=0.0, le=1.0)
