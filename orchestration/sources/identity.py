"""Identifiers: every spelling of a client's phone, e-mail and messenger name, and what it means.

Spelt out once per distinct value and night, in the private schema `identity` of the warehouse: it
is personal data, so it is never published and no value is ever put into a log or an error.
"""

import duckdb
import phonenumbers
import pyarrow as pa

from orchestration.sources import sql

_BATCH_ROWS = 100_000

# Where the clients' identifiers stand. A cell may hold several, separated by semicolons. The lines
# of the company itself are there to be told from its clients' numbers.
_CELLS = {
    "phone": (
        ("contacts", "phones"),
        ("leads", "phone"),
        ("calls", "client_phone"),
        ("calls", "line_phone"),
        ("touchpoints", "phone"),
    ),
    "email": (("contacts", "emails"), ("leads", "email"), ("touchpoints", "email")),
    "messenger": (("contacts", "messengers"), ("leads", "messenger")),
}

_SPELLINGS = {
    # Nothing but the signs that people group digits with: what else stands there is for the parser.
    "phone": "translate(part, ' ()-.\u00a0\u2011', '')",
    "email": "lower(part)",
    "messenger": "ltrim(lower(part), '@')",
}


def normalise_identifiers(connection: duckdb.DuckDBPyConnection, country: str) -> int:
    """Write `identity.identifiers`: one row per kind, cell as delivered (`raw_value`) and
    identifier in it (`value`); returns the number of rows.

    Reads schema `landing`. Phones become E.164 (+79991234567); one without a country code is read
    as of `country` (ISO 3166-1 alpha-2). E-mails are trimmed and in lower case, messenger names
    too, without the leading @. What is no identifier (no phone number can have that length, an
    e-mail without @, nothing at all) has no row.
    """
    connection.execute("create schema if not exists identity")
    connection.execute(
        f"create or replace temp table spellings as {' union all '.join(map(_parts, _CELLS))}"
    )
    _read_phones(connection, country)
    connection.execute(
        """
        create or replace table identity.identifiers as
        select spellings.kind, spellings.raw_value, phones.value
        from spellings
        inner join identity.phones on spellings.spelling = phones.spelling
        where spellings.kind = 'phone' and phones.value is not null
        union
        select kind, raw_value, spelling as value
        from spellings
        where kind = 'messenger' or (kind = 'email' and spelling like '%_@_%')
        """
    )
    connection.execute("drop table spellings")
    row = connection.execute("select count(*) from identity.identifiers").fetchone()
    assert row is not None
    return row[0]


def e164(spelling: str, country: str) -> str | None:
    """The phone number in E.164, or None where it is none. A number that is not in use (yet) is a
    number: only its length is judged."""
    try:
        number = phonenumbers.parse(spelling, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parts(kind: str) -> str:
    """The query of one kind's spellings, each beside the cell it stands in."""
    cells = " union ".join(
        f"select {sql.name(column)} as raw_value from landing.{entity}"
        f" where {sql.name(column)} is not null"
        for entity, column in _CELLS[kind]
    )
    return f"""
        select distinct {sql.text(kind)} as kind, raw_value, {_SPELLINGS[kind]} as spelling
        from (select raw_value, trim(unnest(string_split(raw_value, ';'))) as part from ({cells}))
        where {_SPELLINGS[kind]} != ''
    """


def _read_phones(connection: duckdb.DuckDBPyConnection, country: str) -> None:
    """Bring `identity.phones` (each spelling delivered, with its number) up to date. Reading one
    costs some 40 microseconds: a night reads only those that the night before did not."""
    read_as = f"{country} {phonenumbers.__version__}"
    connection.execute(
        "create table if not exists identity.phones"
        " (spelling varchar, value varchar, read_as varchar)"
    )
    # What no client is delivered with any more is forgotten.
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
