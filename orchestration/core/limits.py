"""The memory and threads that the database may use."""

from pydantic import BaseModel, ConfigDict, Field


class DuckDbLimits(BaseModel):
    """The memory and threads that DuckDB may use.

    `memory`: as DuckDB writes it, such as 4GB. `threads`: all of the machine unless set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory: str = Field(default="3GB", pattern=r"^\d+(MB|GB|MiB|GiB)$")
    threads: int | None = Field(default=None, ge=1)
