"""Identifiers: every spelling of a client's phone, e-mail and messenger name, normalised.

Each distinct value is normalised once per night, in the private schema `identity` of the warehouse:
it is personal data, so it is never published or written to a log or an error.
"""

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from orchestration.core import sql
from orchestration.sources.marks import MarkKind, write_test_marks
from orchestration.sources.phones import VERSION, e164

_BATCH_ROWS = 100_000

# The columns with clients' identifiers. The company's own lines are included, to tell them from its
# clients' numbers.
_CELLS = {
    "phone": (
        ("contacts", "phones"),
        ("leads", "phone"),
        ("calls", "client_phone"),
        ("calls", "line_phone"),
        ("touchpoints", "phone"),
        ("messages", "phone"),
        ("orders", "phone"),
    ),
    "email": (
        ("contacts", "emails"),
        ("leads", "email"),
        ("touchpoints", "email"),
        ("messages", "email"),
        ("orders", "email"),
    ),
    "messenger": (("contacts", "messengers"), ("leads", "messenger"), ("orders", "messenger")),
}

# A cell may hold several. A slash separates two phones, or is part of one: 030/1234567.
_SEPARATORS = {
    "phone": r"[,;|\r\n]",
    "email": r"[,;/|\r\n]",
    "messenger": r"[,;|\r\n]",
}

# The characters that lists and arrays put around a value.
_WRAPPING = " \t\u00a0[]{}<>\"'"

_SPELLINGS = {
    # Removes only the characters that people group digits with, and the `.0` of a number that a
    # program stored as floating point; the parser handles the rest.
    "phone": (
        "translate(regexp_replace(piece, '^(\\d{7,15})\\.0+$', '\\1'), ' ()-.\u00a0\u2011', '')"
    ),
    "email": "lower(piece)",
    "messenger": "ltrim(lower(piece), '@')",
}

_IS_READ = {
    "phone": "phones.value is not null",
    "email": "spellings.spelling like '%_@_%' and not regexp_matches(spellings.spelling, '\\s')",
    "messenger": "true",
}


def normalise_identifiers(
    connection: duckdb.DuckDBPyConnection,
    country: str,
    marks: Mapping[MarkKind, Sequence[str]] | None = None,
) -> int:
    """Write `identity.identifiers`: one row per kind, cell as delivered (`raw_value`) and
    identifier in it (`value`); returns the number of rows.

    Reads schema `landing`. Phones become E.164 (+79991234567); one without a country code is read
    as of `country` (ISO 3166-1 alpha-2). E-mails are trimmed and in lower case, messenger names
    too, without the leading @. What is no identifier (no phone number can have that length, an
    e-mail without @, nothing at all) has no row; `identity.readings` counts it, by the entity and
    column it stands in. `identity.test_marks` gets those that `marks` name as test purchases.
    """
    connection.execute("create schema if not exists identity")
    connection.execute(
        f"create or replace temp table spellings as {' union all '.join(map(_parts, _CELLS))}"
    )
    _read_phones(connection, country)
    is_read = " ".join(f"when {sql.text(kind)} then {read}" for kind, read in _IS_READ.items())
    # The kind is a key of the join: as a condition on one side, DuckDB would compare every pair.
    connection.execute(
        f"""
        create or replace temp table read_spellings as
        select
            kind, raw_value, part, is_whole,
            case when case kind {is_read} end
                then coalesce(phones.value, spellings.spelling) end as value
        from spellings
        left join (select 'phone' as kind, spelling, value from identity.phones) as phones
            using (kind, spelling)
        """
    )
    connection.execute(
        """
        create or replace table identity.identifiers as
        select kind, raw_value, value from read_spellings where is_whole and value is not null
        union
        select pieces.kind, pieces.raw_value, pieces.value
        from read_spellings as pieces
        anti join (from read_spellings where is_whole and value is not null) as wholes
            on pieces.kind = wholes.kind
            and pieces.raw_value = wholes.raw_value and pieces.part = wholes.part
        where not pieces.is_whole and pieces.value is not null
        """
    )
    readings = " union all ".join(
        _readings(kind, entity, column)
        for kind, cells in _CELLS.items()
        for entity, column in cells
        if column != "line_phone"
    )
    connection.execute(f"create or replace table identity.readings as {readings}")
    connection.execute("drop table spellings; drop table read_spellings")
    write_test_marks(connection, marks or {}, country)
    counted = connection.execute("select count(*) from identity.identifiers")
    return int(sql.only_row(counted)[0])


def _parts(kind: str) -> str:
    """The query of one kind's spellings, each with its cell and its part of the cell; a part of a
    phone cell is read whole, and also in pieces if it has slashes."""
    cells = " union ".join(
        f"select {sql.name(column)} as raw_value from landing.{entity}"
        f" where {sql.name(column)} is not null"
        for entity, column in _CELLS[kind]
    )
    wrapping = sql.text(_WRAPPING)
    return f"""
        select distinct {sql.text(kind)} as kind, raw_value, part, is_whole,
            {_SPELLINGS[kind]} as spelling
        from (
            with parts as (
                select raw_value, trim(
                    unnest(regexp_split_to_array(raw_value, {sql.text(_SEPARATORS[kind])})),
                    {wrapping}
                ) as part
                from ({cells})
            )
            select raw_value, part, part as piece, true as is_whole from parts
            union all
            select raw_value, part, trim(unnest(string_split(part, '/')), {wrapping}), false
            from parts where {sql.text(kind)} = 'phone' and part like '%/%'
        )
        where {_SPELLINGS[kind]} != ''
    """


def _readings(kind: str, entity: str, column: str) -> str:
    """The query of how many identifiers a column has, and how many of them could be read."""
    among = "where direction != 'internal'" if entity in ("calls", "messages") else ""
    return f"""
        select {sql.text(entity)} as entity, {sql.text(column)} as column_name,
            count(*) as delivered, count(*) filter (where is_read) as read
        from (select {sql.name(column)} as raw_value from landing.{entity} {among})
        inner join (
            select raw_value, part, bool_or(value is not null) as is_read
            from read_spellings where kind = {sql.text(kind)} group by raw_value, part
        ) using (raw_value)
    """


def _read_phones(connection: duckdb.DuckDBPyConnection, country: str) -> None:
    """Bring `identity.phones` (each spelling delivered, with its number) up to date. Reading one
    costs some 40 microseconds: a night reads only those that the night before did not."""
    read_as = f"{country} {VERSION}"
    connection.execute(
        "create table if not exists identity.phones"
        " (spelling varchar, value varchar, read_as varchar)"
    )
    # Spellings that are no longer delivered are deleted.
    connection.execute(
        "delete from identity.phones where read_as != ? or spelling not in"
        " (select spelling from spellings where kind = 'phone')",
        [read_as],
    )
    unread = connection.execute(
        "select distinct spelling from spellings"
        " where kind = 'phone' and spelling not in (select spelling from identity.phones)"
    ).to_arrow_table()
    for rows in unread.to_batches(_BATCH_ROWS):
        spellings = rows.column(0).to_pylist()
        numbers = [e164(spelling, country) for spelling in spellings]
        batch = pa.table({"spelling": rows.column(0), "value": pa.array(numbers, pa.string())})
        connection.register("batch", batch)
        connection.execute("insert into identity.phones select *, ? from batch", [read_as])
        connection.unregister("batch")
