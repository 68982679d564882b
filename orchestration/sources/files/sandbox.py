"""A DuckDB of its own that holds rows of files as text and sees nothing else: no other file, no
network, no other database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.core import sql
from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.delivery import Delivery
from orchestration.sources.mapping.config import EntityMapping
from orchestration.sources.mapping.reading import (
    TextTable,
    as_text,
    is_number,
    refuse_repeated_columns,
)

_BATCH_ROWS = 100_000
# Errors of the query itself, not of a value that it reads.
_MISTAKES = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.PermissionException,
)


@contextmanager
def open_sandbox(delivery: Delivery, scratch: Path) -> Iterator[Delivery]:
    """A second DuckDB with the same limits as the delivery; it spills to `scratch`. Files can be
    read into it until `ask` disables external access."""

    def setting(name: str) -> Any:
        return sql.only_row(delivery.connection.execute(f"select current_setting('{name}')"))[0]

    connection = duckdb.connect(
        config={
            "memory_limit": setting("memory_limit"),
            "threads": setting("threads"),
            "temp_directory": str(scratch / "sandbox"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
    )
    try:
        connection.execute("set TimeZone = $zone", {"zone": setting("TimeZone")})
        yield Delivery(connection)
    finally:
        connection.close()


def ask(
    sandbox: Delivery, query: str, mapping: EntityMapping, place: str, target: Delivery
) -> TextTable:
    """Disable external access and copy the query's rows into the target as texts. A column `_row`
    of the query is the row in the file; without it, rows are numbered in the query's order.

    `place`: the name of the query in errors. Raises ConfigError if the query is wrong, SourceError
    if a value does not fit it; neither shows a value.
    """
    connection = sandbox.connection
    # One thread: the same rows come in the same order each night.
    connection.execute("set threads = 1; set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    with _errors(place):
        # The table has another name for the second of two columns with one name.
        named = [name for name, *_ in connection.execute(f"describe {query}").fetchall()]
        refuse_repeated_columns(place, mapping, named)
        connection.execute(f"create temp table answer as select * from (\n{query}\n)")
        described = connection.execute("describe answer").fetchall()
        kinds = {name: kind for name, kind, *_ in described}
        number = "_row" if "_row" in kinds else "row_number() over ()"
        texts = [as_text(name, kind, mapping) for name, kind in kinds.items() if name != "_row"]
        answered = connection.execute(
            f"select {', '.join([*texts, f'cast({number} as bigint) as _row'])},"
            " cast(null as varchar) as _unread from answer"
        )
        target.connection.register("answered", answered.to_arrow_reader(_BATCH_ROWS))
        target.connection.execute("create or replace temp table answer as from answered")
        target.connection.unregister("answered")
    numbers = frozenset(name for name, kind in kinds.items() if is_number(kind))
    return TextTable([name for name in kinds if name != "_row"], "from answer", numbers=numbers)


@contextmanager
def _errors(place: str) -> Iterator[None]:
    try:
        yield
    except _MISTAKES as error:
        raise ConfigError(f"{place}: {_first_line(error)}") from None
    except duckdb.OutOfMemoryException:
        raise SourceError(f"{place} needs more memory than `limits.memory` gives it") from None
    except duckdb.Error as error:
        # What is quoted may be a value.
        said = _first_line(error).partition("'")[0].partition('"')[0].strip(" :")
        hint = "; try_cast gives NULL there" if isinstance(error, duckdb.DataError) else ""
        raise SourceError(f"{place} failed on a value: {said}{hint}") from None


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
