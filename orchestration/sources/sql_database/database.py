"""A database as Arrow batches. Every error is one sentence without its address, a secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import pyarrow as pa
import sqlalchemy as sa
from dlt.common.libs.pyarrow import PyToArrowConversionException
from dlt.sources.sql_database import TableLoader

from orchestration.core.errors import ConfigError, SourceError, guess
from orchestration.sources.http.secret import Secret, read_secret, scrub
from orchestration.sources.sql_database import dialects

_BATCH_ROWS = 50_000
# They create a missing file, which then has no tables.
_FILE_DATABASES = ("sqlite", "duckdb")


class Database:
    """The database whose address is in the environment variable `url_env`; it is only read.
    `zone`: where its times without an offset are."""

    def __init__(self, source: str, url_env: str, zone: str) -> None:
        self._source = source
        self._zone = zone
        self._engine = _engine(url_env)
        dialects.prepare(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.dispose()

    def table(self, name: str) -> sa.Table:
        """A table or view with its columns; raises SourceError if it does not exist."""
        schema, _, plain = name.rpartition(".")
        with self._errors(f"table {name}"):
            try:
                return sa.Table(
                    *(plain, sa.MetaData()),
                    schema=schema or None,
                    autoload_with=self._engine,
                    resolve_fks=False,
                )
            except sa.exc.NoSuchTableError:
                there = sa.inspect(self._engine)
                names = [
                    *there.get_table_names(schema or None),
                    *there.get_view_names(schema or None),
                ]
        raise SourceError(f"{self._source}: the database has no table {name}{guess(plain, names)}")

    def query(self, text: str) -> sa.Subquery:
        """A query as a subquery to select from."""
        # A colon does not start the name of a parameter here.
        plain = sa.text(text.strip().rstrip(";").replace(":", "\\:"))
        nothing = sa.select(sa.text("*")).select_from(plain.columns().subquery("query"))
        with self._errors("the query"), self._engine.connect() as connection:
            names = list(connection.execute(nothing.where(sa.false())).keys())
        return plain.columns(*map(sa.column, names)).subquery("query")

    def columns_of_fractions(
        self, relation: dialects.Relation, columns: list[str]
    ) -> frozenset[str]:
        """Those of the columns that hold a number that is not whole, as far as no type tells so."""
        with self._errors(f"reading {relation.name}"):
            return dialects.columns_of_fractions(self._engine, relation, columns)

    def refuse_cursor(self, relation: dialects.Relation, name: str) -> None:
        """Raises ConfigError if the cursor column is neither a date nor a time."""
        kind = relation.c[name].type
        if not isinstance(kind, sa.DateTime | sa.Date):
            raise ConfigError(
                f"{self._source}: cursor `{name}` of table {relation.name} is {kind},"
                " expected a date or a time"
            )

    def batches(
        self,
        relation: dialects.Relation,
        columns: list[str],
        decimal: str = ".",
        since: tuple[str, datetime] | None = None,
    ) -> Iterator[pa.Table]:
        """Some columns of a table or query, a batch of rows at a time. `decimal`: the sign in
        numbers that come as text. `since`: only rows whose column of that name holds this moment or
        a later one, or NULL. Raises SourceError if the database counts more or fewer rows in a
        table than it delivered, both before and after the read."""
        with self._errors(f"reading {relation.name}"):
            asked = sa.select(*dialects.selected(self._engine, relation, columns, decimal))
        asked = self._since(asked, relation, since)
        loader = TableLoader(
            self._engine,
            "pyarrow",
            # A query has the name and the columns that the loader needs, too.
            relation,  # type: ignore[arg-type]
            columns={},
            chunk_size=_BATCH_ROWS,
            query_adapter_callback=lambda *_: asked,
        )
        counted, rows = self._count(relation, since), 0
        with self._errors(f"reading {relation.name}"):
            for batch in loader.load_rows():
                rows += batch.num_rows
                yield _narrow(batch)
        # A live table may have changed during the read.
        if counted not in (None, rows) and counted == self._count(relation, since):
            raise SourceError(
                f"{self._source}: the database counts {counted:,} rows in {relation.name}, but"
                f" {rows:,} were read: nothing of it is loaded"
            )

    def _count(self, relation: dialects.Relation, since: tuple[str, datetime] | None) -> int | None:
        """The database's row count of a table; None for a query, which may be too costly to run
        twice."""
        if not isinstance(relation, sa.Table):
            return None
        asked = self._since(sa.select(sa.func.count()).select_from(relation), relation, since)
        with self._errors(f"counting {relation.name}"), self._engine.connect() as connection:
            return int(connection.execute(asked).scalar_one())

    def _since(
        self, asked: sa.Select[Any], relation: dialects.Relation, since: tuple[str, datetime] | None
    ) -> sa.Select[Any]:
        if since is None:
            return asked
        name, moment = since
        cursor = relation.c[name]
        return asked.where(sa.or_(cursor >= self._local(cursor, moment), cursor.is_(None)))

    def _local(self, cursor: sa.ColumnElement[Any], moment: datetime) -> Any:
        """A point in time in the type of the cursor column."""
        if isinstance(cursor.type, sa.DateTime):
            aware = moment.replace(tzinfo=UTC)
            if cursor.type.timezone:
                return aware
            return aware.astimezone(ZoneInfo(self._zone)).replace(tzinfo=None)
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self._zone)).date()

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        """Turns errors within the block into one sentence without values."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            said = scrub(str(error.orig).strip().partition("\n")[0])
            raise SourceError(f"{self._source}: {doing} failed: {said}") from None
        except PyToArrowConversionException as error:
            raise SourceError(
                f"{self._source}: {doing} failed: column {error.field_name} holds values of"
                " different kinds, cast it to text in a query"
            ) from None
        except (sa.exc.SQLAlchemyError, ValueError, OverflowError) as error:
            raise SourceError(f"{self._source}: {doing} failed: {type(error).__name__}") from None


def _narrow(batch: pa.Table) -> pa.Table:
    """DuckDB has no decimals of more than 38 digits: they are texts."""
    for place, column in enumerate(batch.schema):
        if pa.types.is_decimal256(column.type):
            texts = batch.column(place).cast(pa.string())
            batch = batch.set_column(place, column.name, texts)
    return batch


def _engine(url_env: str) -> sa.Engine:
    given = read_secret(url_env)
    try:
        url = sa.make_url(given.reveal())
        if url.password:
            # Drivers may name it alone.
            Secret(str(url.password))
        kind = url.get_backend_name()
        if kind in _FILE_DATABASES and not (url.database and Path(url.database).is_file()):
            raise SourceError(f"{url_env}: the {kind} file {url.database or ''} is not there")
        return sa.create_engine(
            url,
            # An error shows no values.
            hide_parameters=True,
            poolclass=sa.NullPool,
            connect_args={"read_only": True} if kind == "duckdb" else {},
        )
    except sa.exc.NoSuchModuleError:
        raise ConfigError(
            f"environment variable {url_env}: databases of the kind `{scrub(url.drivername)}` are"
            " unknown here, check the name or install its SQLAlchemy dialect"
        ) from None
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"environment variable {url_env}: the driver `{error.name}` is not installed,"
            f" install it or use another driver than `{scrub(url.drivername)}`"
        ) from None
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigError(
            f"environment variable {url_env} has no address of a database, expected one like"
            " postgresql+psycopg://user:password@host/database"
        ) from None
