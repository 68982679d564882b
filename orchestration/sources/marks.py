"""Marks of test purchases: which delivered identifiers belong to the company's own test orders.

They are written into the private schema `identity` and never into a dbt variable, so that no
compiled SQL and no log has them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import duckdb

from orchestration.core import sql
from orchestration.sources.phones import e164

MarkKind = Literal["phone", "email", "client_id", "utm_campaign"]
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def is_mark(kind: str, value: str, country: str) -> bool:
    """Whether a mark can be read: a hash, a phone (without a country code as of `country`, ISO
    3166-1 alpha-2) or an e-mail."""
    return normal_mark(kind, value, country) is not None


def normal_mark(kind: str, value: str, country: str) -> str | None:
    """The mark in the form that identifiers are compared in; None if it cannot be read."""
    given = value.strip()
    if kind in ("phone", "email") and given.lower().startswith("sha256:"):
        return given.lower() if _HASH.fullmatch(given.lower()) else None
    if kind == "phone":
        return e164(given, country)
    if kind == "email":
        return given.lower() if re.fullmatch(r"[^@\s]+@[^@\s]+", given) else None
    if kind == "utm_campaign":
        return given.lower() or None
    return given or None


def write_test_marks(
    connection: duckdb.DuckDBPyConnection, marks: Mapping[MarkKind, Sequence[str]], country: str
) -> None:
    """Write `identity.test_marks`: one row per kind, cell as delivered that carries a mark
    (`raw_value`) and its identifier (`value`). Reads `identity.identifiers`.

    A client id and a utm_campaign are written whether or not they were delivered.
    """
    rows = [
        f"({sql.text(kind)}, {sql.text(normal)})"
        for kind, values in marks.items()
        for value in values
        if (normal := normal_mark(kind, value, country))
    ]
    given = f"values {', '.join(rows)}" if rows else "select null, null where false"
    connection.execute(
        f"""
        create or replace table identity.test_marks as
        with given (kind, value) as ({given})
        select distinct identifiers.kind, identifiers.raw_value, identifiers.value
        from identity.identifiers as identifiers
        inner join given
            on identifiers.kind = given.kind
            and given.value in (
                identifiers.value, concat('sha256:', sha256(identifiers.value))
            )
        union
        select cast(kind as varchar), cast(value as varchar) as raw_value, cast(value as varchar)
        from given where kind in ('client_id', 'utm_campaign')
        """
    )
