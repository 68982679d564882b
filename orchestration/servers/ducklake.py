"""A DuckLake catalogue with the published tables: one snapshot for each publication, labelled with
its day, so that a reader can ask for the marts of an earlier night.

Imports neither the config nor a driver: `make ducklake` tries it with the DuckDB whose extension
comes from PyPI (docs/how-to/servers.md).
"""

import json

import duckdb

from orchestration.core import sql
from orchestration.core.errors import ServerError
from orchestration.servers.tables import Column, PublishedFile

_LAKE = "lake"
_SCHEMA = f"{_LAKE}.main"


def attach(
    connection: duckdb.DuckDBPyConnection, catalog: str, data_path: str | None, read_only: bool
) -> None:
    """Open the catalogue on this connection; make it if it does not exist and `data_path` says
    where its Parquet files go. `catalog`: a file, or `postgres:` and the address of a database.

    Raises ServerError if the extension is not installed, and duckdb.Error if the catalogue cannot
    be opened.
    """
    needed = ["ducklake", *(["postgres"] if catalog.startswith("postgres:") else [])]
    connection.execute("set autoinstall_known_extensions = false")
    for extension in needed:
        try:
            connection.execute(f"load {extension}")
        except duckdb.Error:
            raise ServerError(
                f"DuckDB {duckdb.__version__} has no extension {extension}: install it once, as the"
                " user of the nights, on a machine with a network:"
                f" python -c \"import duckdb; duckdb.execute('install {extension}')\""
            ) from None
    options = ["read_only"] if read_only else []
    if data_path:
        options.append(f"data_path {sql.text(data_path)}")
    connection.execute(
        f"attach {sql.text(f'ducklake:{catalog}')} as {_LAKE} ({', '.join(options)})"
    )


def refuse_unfit(connection: duckdb.DuckDBPyConnection, company: str | None) -> str:
    """Raises ServerError if the catalogue has tables that Voronka did not make, or those of another
    company; returns in words what it holds."""
    there = {
        name
        for (name,) in connection.execute(
            f"select table_name from duckdb_tables() where database_name = '{_LAKE}'"
            " and schema_name = 'main'"
        ).fetchall()
    }
    if not there:
        return "is empty"
    owner, day, listed = None, None, set()
    try:
        about = f"select company, as_of_date, row_counts from {_SCHEMA}.publication"
        owner, day, counts = sql.only_row(connection.execute(about))
        listed = {*json.loads(counts), "publication"}
    except duckdb.Error:
        pass
    if foreign := sorted(there - listed):
        raise ServerError(
            f"it has tables that Voronka did not make ({', '.join(foreign[:5])}), expected a"
            " catalogue of its own"
        )
    if owner != company:
        raise ServerError(
            f"it holds the marts of company {owner}, and this night is of company {company}: name"
            " another catalogue"
        )
    return f"has {len(there)} tables as of {day}"


def write(file: PublishedFile) -> dict[str, int]:
    """Make the tables of the attached catalogue equal to those of the file, in one transaction, and
    return the rows of each. Raises ServerError if a table does not hold the same then."""
    lake = file.connection
    tables = file.tables()
    rows = {}
    lake.execute("begin")
    try:
        refuse_unfit(lake, file.company)
        gone = lake.execute(
            f"select table_name from duckdb_tables() where database_name = '{_LAKE}'"
        ).fetchall()
        for (name,) in gone:
            if name not in {table.name for table in tables}:
                lake.execute(f"drop table {_SCHEMA}.{sql.name(name)}")
        for table in tables:
            name, target = sql.name(table.name), f"{_SCHEMA}.{sql.name(table.name)}"
            declared = ", ".join(map(_declared, table.columns))
            lake.execute(f"create or replace table {target} ({declared})")
            lake.execute(f"insert into {target} from marts.main.{name}")
            expected, found = _fingerprint(lake, f"marts.main.{name}"), _fingerprint(lake, target)
            if expected != found:
                raise ServerError(f"table {table.name} is {found} there and {expected} in the file")
            rows[table.name] = found[0]
            if table.comment is not None:
                lake.execute(f"comment on table {target} is {sql.text(table.comment)}")
            for column in table.columns:
                if column.comment is not None:
                    what = f"{target}.{sql.name(column.name)}"
                    lake.execute(f"comment on column {what} is {sql.text(column.comment)}")
        lake.execute(
            f"call {_LAKE}.set_commit_message('voronka', ?, extra_info => ?)",
            [f"as of {file.as_of}", file.id],
        )
        lake.execute("commit")
    except BaseException:
        lake.execute("rollback")
        raise
    return rows


def _declared(column: Column) -> str:
    return f"{sql.name(column.name)} {column.type}" + (" not null" if column.is_required else "")


def _fingerprint(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """The count of rows and the sum of their hashes."""
    result = connection.execute(
        f"select count(*), coalesce(sum(hash(hash(t))), 0)::hugeint from {table} as t"
    )
    count, total = sql.only_row(result)
    return int(count), int(total)
