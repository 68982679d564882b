"""A PostgreSQL schema with the published tables, changed as a whole.

One transaction deletes the old rows, copies the new ones into the same tables and compares them
with the file. Until it commits, readers see the old rows and wait for nobody; a crash leaves the
old rows (docs/decisions/0017-servers.md).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
import pyarrow as pa
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from pyarrow import csv

from orchestration.core.errors import ServerError
from orchestration.servers import columns
from orchestration.servers.schema import Schema
from orchestration.servers.tables import PublishedFile, Table
from orchestration.settings import PostgresServer
from orchestration.sources.http.secret import Secret, read_secret, scrub

_BATCH_ROWS = 50_000


@contextmanager
def connected(server: PostgresServer) -> Iterator[psycopg.Connection]:
    """A connection that commits each statement. Raises ServerError, in one sentence without the
    address, if the server cannot be used; also for an error of the server within the block."""
    address = _address(server)
    try:
        with psycopg.connect(
            address,
            autocommit=True,
            connect_timeout=10,
            # A server that is gone is noticed after some two minutes, not after hours.
            keepalives_idle=60,
            keepalives_interval=10,
            keepalives_count=6,
            tcp_user_timeout=120_000,
            application_name="voronka",
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.read_only = False
            yield connection
    except psycopg.Error as error:
        raise ServerError(_sentence(error)) from None


def _address(server: PostgresServer) -> str:
    given = read_secret(server.url_env).reveal()
    # An address of SQLAlchemy names a driver, too.
    address = re.sub(r"^postgres(ql)?\+\w+://", "postgresql://", given)
    try:
        password = conninfo_to_dict(address).get("password")
    except psycopg.ProgrammingError:
        raise ServerError(
            f"environment variable {server.url_env} has no address of PostgreSQL, expected one like"
            " postgresql://user:password@host/database"
        ) from None
    if password:
        # The server or the driver may name it alone.
        Secret(str(password))
    return address


def _sentence(error: psycopg.Error) -> str:
    """What the server says, without rows and without the statement."""
    said = error.diag.message_primary or str(error).strip().partition("\n")[0]
    if isinstance(error, psycopg.errors.DependentObjectsStillExist) and error.diag.message_detail:
        # Names the views that a change would break.
        said += f" ({error.diag.message_detail})"
    return scrub(said, longest=400) or type(error).__name__


def write(connection: psycopg.Connection, schema: Schema, file: PublishedFile) -> dict[str, int]:
    """Make the tables of the schema equal to those of the file, and return the rows of each. Only
    within a transaction: the schema changes when it commits."""
    tables = file.tables()
    there = schema.tables()
    rows = {}
    changed = [table for table in tables if table.name in there and not schema.fits(table)]
    for table in (one for one in tables if one not in changed):
        if table.name not in there:
            schema.create(table)
        rows[table.name] = _replace(connection, schema.name, file, table)
    # Last, since readers of these wait until the transaction ends.
    gone = [name for name in there if name not in {table.name for table in tables}]
    schema.lock([*(table.name for table in changed), *gone])
    for table in changed:
        schema.change(table)
        rows[table.name] = _replace(connection, schema.name, file, table)
    for name in gone:
        schema.drop(name)
    for table in tables:
        schema.describe(table)
    return rows


def _replace(connection: psycopg.Connection, schema: str, file: PublishedFile, table: Table) -> int:
    """Put the rows of the file into a table in place of those it has; return their number. Raises
    ServerError if the table does not hold the same then."""
    target = Identifier(schema, table.name)
    names = SQL(", ").join(Identifier(column.name) for column in table.columns)
    connection.execute(SQL("delete from {}").format(target))
    result = file.connection.execute(columns.selected(table))
    into = SQL("copy {} ({}) from stdin (format csv)").format(target, names)
    with connection.cursor().copy(into) as copy:
        for batch in result.to_arrow_reader(_BATCH_ROWS):
            copy.write(_csv(batch))
    expected = file.connection.execute(columns.fingerprint_of_file(table)).fetchone()
    hashed = SQL(columns.hash_on_server(table))
    found = connection.execute(
        SQL("select count(*), coalesce(sum({}), 0) from {}").format(hashed, target)
    ).fetchone()
    assert expected and found, "a total has one row"
    if (int(expected[0]), int(expected[1])) != (int(found[0]), int(found[1])):
        raise ServerError(
            f"table {table.name} has {found[0]:,} rows with the sum {found[1]} on the server and"
            f" {expected[0]:,} rows with the sum {expected[1]} in the file"
        )
    return int(found[0])


def _csv(batch: pa.RecordBatch) -> memoryview:
    """Texts are quoted and NULL is not, so an empty text stays one."""
    sink = pa.BufferOutputStream()
    csv.write_csv(batch, sink, csv.WriteOptions(include_header=False))
    return memoryview(sink.getvalue())


def tidy(connection: psycopg.Connection, schema: str, tables: Sequence[str]) -> None:
    """Let the server reuse the space of the old rows and learn the new ones; readers go on. The
    server does so by itself some time later if it cannot now."""
    names = SQL(", ").join(Identifier(schema, table) for table in tables)
    with suppress(psycopg.Error):
        connection.execute(SQL("vacuum (analyze, truncate false) {}").format(names))
