"""The special cases of database types: values that Python cannot represent are read as text."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

# The source of rows: a table or view, or a query.
Relation = sa.Table | sa.Subquery

# Types of PostgreSQL that may hold `infinity`: date, timestamp, timestamptz.
_POSTGRES_TIMES = (1082, 1114, 1184)
# Above this, whole numbers of floating-point columns are not exact.
_WHOLE = 2**53


def prepare(engine: sa.Engine) -> None:
    """Set PostgreSQL to write dates as ISO, whatever the settings of the server or the user."""
    if engine.dialect.name == "postgresql":

        @sa.event.listens_for(engine, "connect")
        def write_iso(connection: Any, _: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("set datestyle to 'ISO'")


def selected(
    engine: sa.Engine, relation: Relation, names: Sequence[str], decimal: str
) -> list[sa.ColumnElement[Any]]:
    """The columns of a relation as they are asked for; `decimal`: the sign in numbers as text."""
    columns = [relation.c[name] for name in names]
    match engine.dialect.name:
        case "sqlite":
            return [_sqlite_text(column, decimal).label(column.name) for column in columns]
        case "postgresql":
            nothing = sa.select(*columns).where(sa.false())
            with engine.connect() as connection:
                kinds = [kind for _, kind, *_ in connection.execute(nothing).cursor.description]
            return [
                sa.cast(column, sa.Text).label(column.name) if kind in _POSTGRES_TIMES else column
                for column, kind in zip(columns, kinds, strict=True)
            ]
    return list(columns)


def columns_of_fractions(
    engine: sa.Engine, relation: Relation, names: Sequence[str]
) -> frozenset[str]:
    """The columns that hold a number that is not whole, as far as no type tells so."""
    if engine.dialect.name != "sqlite" or not names:
        return frozenset()
    found = [
        sa.func.max(sa.and_(_is_real(column), column != sa.cast(column, sa.Integer)))
        for column in (relation.c[name] for name in names)
    ]
    with engine.connect() as connection:
        row = connection.execute(sa.select(*found).select_from(relation)).one()
    return frozenset(name for name, fraction in zip(names, row, strict=True) if fraction)


def _sqlite_text(column: sa.ColumnElement[Any], decimal: str) -> sa.ColumnElement[Any]:
    """Any value may stand in any column of SQLite: as text each is judged by itself. Its own texts
    of floating-point numbers have a decimal too many, or digits too few."""
    text, whole = sa.cast(column, sa.Text), sa.cast(column, sa.Integer)
    is_whole = sa.and_(column == whole, sa.func.abs(column) < _WHOLE)
    is_exact = sa.cast(text, sa.Float) == column
    number: sa.ColumnElement[Any] = sa.case(
        (is_whole, sa.cast(whole, sa.Text)),
        (is_exact, text),
        else_=sa.func.printf("%!.17g", column),
    )
    if decimal != ".":
        number = sa.func.replace(number, ".", decimal)
    return sa.case((_is_real(column), number), else_=text)


def _is_real(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.typeof(column) == "real"
