"""Writes what is published to the servers that the config names."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import duckdb

from orchestration.core.errors import ServerError, VoronkaError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.publish import publications
from orchestration.servers.tables import PublishedFile, open_published
from orchestration.settings import DuckLakeServer, PostgresServer, Settings
from orchestration.sources.http.secret import Secret, read_secret, scrub


@dataclass(frozen=True)
class Served:
    """What a server has now. `rows`: by table. `seconds`: what it took."""

    place: str
    publication: str
    as_of: date
    rows: dict[str, int]
    seconds: float


class Server(Protocol):
    """A server of the config. `name`: its key there. `place`: as sentences call it, without its
    address."""

    @property
    def name(self) -> str: ...

    @property
    def place(self) -> str: ...

    def put(self, home: Home, limits: DuckDbLimits) -> Served:
        """Put the current publication there, in one transaction.

        Needs no lock on the home: published files do not change. Raises ServerError, which says
        what stands where: the server is as it was before, or, if the connection broke during the
        commit and the server cannot be reached, nobody knows.
        """

    def examine(self, company: str) -> str:
        """In words, what is there; nothing is changed. Raises ServerError or ConfigError if a night
        could not write it."""


def servers_of(settings: Settings) -> list[Server]:
    """Every server of the config."""
    found: list[Server] = []
    if settings.publish.postgres:
        found.append(Postgres(settings.publish.postgres))
    if settings.publish.ducklake:
        found.append(DuckLake(settings.publish.ducklake, settings.folder))
    return found


@dataclass(frozen=True)
class Postgres:
    """A schema of a PostgreSQL database."""

    config: PostgresServer
    name = "postgres"

    @property
    def place(self) -> str:
        return f"schema {self.config.schema_name} of the server in {self.config.url_env}"

    def put(self, home: Home, limits: DuckDbLimits) -> Served:
        began = time.perf_counter()
        with _failures(self.place, home):
            self._refuse_missing_library()
            from orchestration.servers.postgres import connected, tidy, write
            from orchestration.servers.schema import Schema

            served: tuple[str, date, dict[str, int]] | None = None
            is_committed = False
            try:
                with connected(self.config) as connection:
                    schema = Schema(connection, self.config.schema_name)
                    with connection.transaction():
                        schema.begin()
                        # After the wait for another publication, which may be of a newer night.
                        with _current(home, limits) as file:
                            names = [table.name for table in file.tables()]
                            schema.refuse_unfit(file.company, names)
                            schema.make()
                            rows = write(connection, schema, file)
                            served = (file.id, file.as_of, rows)
                    is_committed = True
                    tidy(connection, self.config.schema_name, list(rows))
            except ServerError as error:
                # A connection that breaks during the commit leaves it open what became of it.
                if served is None or not (is_committed or self._holds(served[0], error)):
                    raise
        return Served(self.place, *served, time.perf_counter() - began)

    def _holds(self, publication: str, error: ServerError) -> bool:
        """Whether the rows of this publication were committed, by a new connection. Raises
        _UnknownOutcomeError if the server does not say so."""
        from orchestration.servers.postgres import connected
        from orchestration.servers.schema import Schema

        try:
            with connected(self.config) as connection, connection.transaction():
                schema = Schema(connection, self.config.schema_name)
                # Waits until the transaction of the broken connection is over.
                schema.begin()
                return schema.publication() == publication
        except ServerError:
            raise _UnknownOutcomeError(str(error)) from None

    def examine(self, company: str) -> str:
        self._refuse_missing_library()
        from orchestration.servers.postgres import connected
        from orchestration.servers.schema import Schema

        with connected(self.config) as connection, connection.transaction():
            schema = Schema(connection, self.config.schema_name)
            schema.refuse_unfit(company, ())
            schema.refuse_unwritable()
            version = connection.info.server_version // 10_000
            return f"PostgreSQL {version}, {self.place} {schema.state()}"

    def _refuse_missing_library(self) -> None:
        if not find_spec("psycopg"):
            raise ServerError(
                "the library psycopg is not installed: pip install 'voronka[publish-postgres]'"
            )


@dataclass(frozen=True)
class DuckLake:
    """A DuckLake catalogue. `folder`: where relative paths start."""

    config: DuckLakeServer
    folder: Path
    name = "ducklake"

    @property
    def place(self) -> str:
        if self.config.catalog_env:
            return f"the DuckLake catalogue in {self.config.catalog_env}"
        return f"the DuckLake catalogue {self.folder / str(self.config.catalog)}"

    def put(self, home: Home, limits: DuckDbLimits) -> Served:
        from orchestration.servers.ducklake import attach, write

        began = time.perf_counter()
        with _failures(self.place, home), _lake_errors(), _current(home, limits) as file:
            attach(file.connection, self._catalog(), self._data_path(), read_only=False)
            served = (file.id, file.as_of, write(file))
        return Served(self.place, *served, time.perf_counter() - began)

    def examine(self, company: str) -> str:
        from orchestration.servers.ducklake import attach, refuse_unfit

        catalog = self._catalog()
        with _lake_errors(), duckdb.connect() as connection:
            if not self.config.catalog_env and not Path(catalog).exists():
                attach(connection, ":memory:", self._data_path(), read_only=False)
                return f"{self.place} will be made"
            try:
                attach(connection, catalog, None, read_only=True)
            except duckdb.InvalidInputException as error:
                # The database is there, and no catalogue is in it.
                if "creating a new DuckLake" not in str(error):
                    raise
                return f"{self.place} will be made"
            return f"{self.place} {refuse_unfit(connection, company)}"

    def _catalog(self) -> str:
        if self.config.catalog_env:
            address = read_secret(self.config.catalog_env).reveal()
            for password in re.findall(r"://[^:@/]*:([^@]+)@|password\s*=\s*(\S+)", address):
                # The server or DuckDB may name it alone.
                Secret("".join(password).strip("'"))
            return f"postgres:{address}"
        return str(self.folder / str(self.config.catalog))

    def _data_path(self) -> str:
        path = self.config.data_path
        return path if "://" in path else str(self.folder / path)


@contextmanager
def _lake_errors() -> Iterator[None]:
    """Turns errors of DuckDB into one sentence without the address."""
    try:
        yield
    except duckdb.Error as error:
        raise ServerError(scrub(str(error).partition("\n")[0], longest=400)) from None


@contextmanager
def _current(home: Home, limits: DuckDbLimits) -> Iterator[PublishedFile]:
    if not home.published.exists():
        raise ServerError(f"nothing is published in {home.root} yet, run `voronka nightly` first")
    with open_published(home, limits) as file:
        yield file


class _UnknownOutcomeError(ServerError):
    """The connection broke during the commit, and the server cannot be asked what became of it."""


@contextmanager
def _failures(place: str, home: Home) -> Iterator[None]:
    """Says of an error what stands where, and what to do."""
    try:
        yield
    except VoronkaError as error:
        current = next((one for one in publications(home) if one.is_current), None)
        files = f" the files are those of {current.as_of_date};" if current else ""
        stands = "was not changed and has the marts it had"
        if isinstance(error, _UnknownOutcomeError):
            stands = (
                "has either the marts of this night or those it had, whole in both cases: the"
                " connection broke during the commit, and the server cannot be asked"
            )
        raise ServerError(
            f"{place} {stands}: {error};{files} correct this and"
            " run `voronka publish`, or wait for the next night"
        ) from None
