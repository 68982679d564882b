"""The memory and threads that the database may use."""

from functools import cache

import duckdb
from pydantic import BaseModel, ConfigDict, Field

from orchestration.core.sql import only_row

# As dbt_project/profiles.yml says.
DBT_THREADS = 2


class DuckDbLimits(BaseModel):
    """The memory and threads that DuckDB may use.

    `memory`: as DuckDB writes it, such as 4GB. `threads`: all of the machine unless set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory: str = Field(default="3GB", pattern=r"^\d+(MB|GB|MiB|GiB)$")
    threads: int | None = Field(default=None, ge=1)

    def threads_beside_dbt(self) -> int:
        """The threads of DuckDB where each thread of dbt runs a query. DuckDB adds its threads to
        the one that runs a query; more threads than cores wait for each other."""
        return max(1, (self.threads or _default_threads()) - DBT_THREADS + 1)


@cache
def _default_threads() -> int:
    """As many as DuckDB starts by itself: one for each core that this process may use."""
    with duckdb.connect() as connection:
        return int(only_row(connection.execute("select current_setting('threads')"))[0])
