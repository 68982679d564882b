"""Writes what is published to the servers that the config names."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec

from orchestration.core.errors import ServerError, VoronkaError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.publish import publications
from orchestration.servers.tables import PublishedFile, open_published
from orchestration.settings import PostgresServer


@dataclass(frozen=True)
class Served:
    """What a server has now. `rows`: by table. `seconds`: what the transaction took."""

    place: str
    publication: str
    as_of: date
    rows: dict[str, int]
    seconds: float


def place_of(server: PostgresServer) -> str:
    """As sentences call it; the address is a secret."""
    return f"schema {server.schema_name} of the server in {server.url_env}"


def serve_postgres(server: PostgresServer, home: Home, limits: DuckDbLimits) -> Served:
    """Put the current publication into the schema, in one transaction.

    Needs no lock on the home: published files do not change. Raises ServerError, which says what
    stands where; the schema is as it was before then.
    """
    began = time.perf_counter()
    with _failures(place_of(server), home):
        _refuse_missing_library()
        from orchestration.servers.postgres import connected, tidy, write
        from orchestration.servers.schema import Schema

    with _failures(place_of(server), home), connected(server) as connection:
        schema = Schema(connection, server.schema_name)
        with connection.transaction():
            schema.begin()
            # After the wait for another publication, which may have been of a newer night.
            with _current(home, limits) as file:
                schema.refuse_unfit(file.company, [table.name for table in file.tables()])
                schema.make()
                rows = write(connection, schema, file)
                served = (file.id, file.as_of, rows)
        tidy(connection, server.schema_name, list(rows))
    return Served(place_of(server), *served, time.perf_counter() - began)


def examine_postgres(server: PostgresServer, company: str) -> str:
    """In words, what the schema holds; nothing is changed. Raises ServerError or ConfigError if a
    night could not write it."""
    _refuse_missing_library()
    from orchestration.servers.postgres import connected
    from orchestration.servers.schema import Schema

    with connected(server) as connection, connection.transaction():
        schema = Schema(connection, server.schema_name)
        schema.refuse_unfit(company, ())
        schema.refuse_unwritable()
        version = connection.info.server_version // 10_000
        return f"PostgreSQL {version}, {place_of(server)} {schema.state()}"


def _refuse_missing_library() -> None:
    if not find_spec("psycopg"):
        raise ServerError(
            "the library psycopg is not installed: pip install 'voronka[publish-postgres]'"
        )


@contextmanager
def _current(home: Home, limits: DuckDbLimits) -> Iterator[PublishedFile]:
    if not home.published.exists():
        raise ServerError(f"nothing is published in {home.root} yet, run `voronka nightly` first")
    with open_published(home, limits) as file:
        yield file


@contextmanager
def _failures(place: str, home: Home) -> Iterator[None]:
    """Says of an error what stands where, and what to do."""
    try:
        yield
    except VoronkaError as error:
        current = next((one for one in publications(home) if one.is_current), None)
        files = f" the files are those of {current.as_of_date};" if current else ""
        raise ServerError(
            f"{place} was not changed and has the marts it had: {error};{files} correct this and"
            " run `voronka publish`, or wait for the next night"
        ) from None
