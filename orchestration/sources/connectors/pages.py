"""From the bodies of a vendor's answers to the rows of a delivery.

JSON stays bytes until DuckDB parses it, many bodies at a time: no row passes through Python.
"""

import json
import re
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.core import sql
from orchestration.core.errors import SourceError
from orchestration.sources.connectors.tables import Field, Table
from orchestration.sources.delivery import Delivery

# Parsed by DuckDB, JSON takes ten times its size in memory.
_FLUSH_BYTES = 2 * 1024**2

_EXPECTED = {
    "integer": "is not a whole number",
    "decimal": "is not a number",
    "money": "is not a number",
    "rate": "is not a number",
    "boolean": "is neither true nor false",
    "date": "is not a date",
    "timestamp": "is not a date and time",
}


class Pages:
    """Bodies to be added to `delivery`. `origin` names the source in counts and quarantine; times
    without an offset are local to `zone`."""

    def __init__(self, delivery: Delivery, origin: str, zone: str = "UTC") -> None:
        self._delivery = delivery
        self._origin = origin
        self._bodies: dict[str, list[bytes]] = {}
        self._expected: dict[str, int] = {}
        self._tables: dict[str, Table] = {}
        self._bytes = 0
        self._whole: list[tuple[Table, date, date]] = []
        # Added since the last close.
        self.rows = self.bytes = 0
        delivery.connection.execute("set TimeZone = $zone", {"zone": zone})

    def open(self, *tables: Table) -> None:
        """Record that these tables are delivered, even without rows. A table that each night
        replaces is emptied by this."""
        for one in tables:
            self._tables[one.name] = one
            self._delivery.open(one, self._file(one))

    def add(self, table: Table, body: bytes, rows: int) -> None:
        """Add one body that has this number of rows of the table at `table.rows`."""
        if table.name not in self._tables:
            self.open(table)
        self._bodies.setdefault(table.name, []).append(body)
        self._expected[table.name] = self._expected.get(table.name, 0) + rows
        self._bytes += len(body)
        self.rows += rows
        self.bytes += len(body)
        if self._bytes >= _FLUSH_BYTES:
            self.flush()

    def add_texts(self, table: Table, texts: pa.Table) -> None:
        """Add rows of an answer that is not JSON: all values are text, columns have the paths of
        the table's fields as names. A missing column is empty."""
        if table.name not in self._tables:
            self.open(table)
        connection = self._delivery.connection
        values = [
            f"{_given(one, texts.column_names)} as {sql.name(one.column.name)}"
            for one in table.fields
        ]
        first = self._delivery.rows(table)
        query = f"select {', '.join(values)}, {first} + row_number() over () as _row from texts"
        connection.register("texts", texts)
        typed = _judged(table, query, sql.text(self._file(table)))
        self._delivery.add(table, typed, list(table.column_names))
        connection.unregister("texts")
        self.rows += texts.num_rows
        self.bytes += texts.nbytes

    def whole(self, table: Table, first: date, last: date) -> None:
        """Record that all rows of these days, both ends included, have been added: landed rows of
        these days that are not among them no longer exist."""
        if table.name not in self._tables:
            self.open(table)
        self._whole.append((table, first, last))

    def whole_days(self) -> list[tuple[Table, date, date]]:
        """The days recorded as whole since the last call."""
        said, self._whole = self._whole, []
        return said

    def close(self) -> list[Table]:
        """Returns the tables opened since the last close, with all rows added to the delivery."""
        self.flush()
        opened, self._tables = list(self._tables.values()), {}
        self.rows = self.bytes = 0
        return opened

    def flush(self) -> None:
        """Add the collected bodies to the delivery. Raises SourceError if rows are not at the
        table's path, so that a change in the vendor's answers is noticed and no rows are lost."""
        for name, bodies in self._bodies.items():
            table = self._tables[name]
            found, expected = self._deliver(table, bodies), self._expected[name]
            if found != expected:
                raise SourceError(
                    f"{self._file(table)}: {found:,} rows could be read of {expected:,} in the"
                    f" answers, expected a list of objects at `{table.rows or 'the top'}`"
                )
        self._bodies, self._expected, self._bytes = {}, {}, 0

    def _deliver(self, table: Table, bodies: list[bytes]) -> int:
        connection = self._delivery.connection
        try:
            # DuckDB reads one chunk at a time, so that only one parsed body is in memory.
            chunks = pa.chunked_array([[body] for body in bodies], pa.binary())
            texts = chunks.cast(pa.large_string())
        except pa.ArrowInvalid:
            raise SourceError(f"{self._file(table)}: the answer is not UTF-8 text") from None
        connection.register("bodies", pa.table({"body": texts}))
        file = sql.text(self._file(table))
        first = self._delivery.rows(table)
        query = select(table, "bodies", file, first)
        try:
            self._delivery.add(table, query, list(table.column_names))
        except duckdb.InvalidInputException:
            # DuckDB's error would quote the text, which may be personal data.
            raise SourceError(f"{self._file(table)}: the answer is not JSON") from None
        connection.unregister("bodies")
        return self._delivery.rows(table) - first

    def _file(self, table: Table) -> str:
        return f"{self._origin}:{table.name}"


def select(table: Table, relation: str, file: str, first_row: int) -> str:
    """The query that reads `relation` (JSON texts in `body`) into typed columns, `_file`, `_row`
    and `_problems`. `file` is an SQL literal; rows are numbered after `first_row`."""
    shape: dict[str | int, Any] = {}
    whole = [one.path for one in table.fields if one.column.type == "json"]
    holders = {
        one.path: next((path for path in whole if one.path.startswith(f"{path}.")), "")
        for one in table.fields
    }
    for one in table.fields:
        if not holders[one.path]:
            _place(shape, _steps(one.path), "JSON" if one.column.type == "json" else "VARCHAR")
    place = "body" if not table.rows else f"json_extract(body, {sql.text('$.' + table.rows)})"
    texts = [
        f"{_found(one, holders[one.path])} as {sql.name(one.column.name)}" for one in table.fields
    ]
    query = f"""
        select {", ".join(texts)}, {first_row} + row_number() over () as _row
        from (
            select unnest(from_json({place}, {sql.text(json.dumps([shape]))})) as item
            from {relation}
        )
    """
    return _judged(table, query, file)


def _judged(table: Table, texts: str, file: str) -> str:
    """The query that casts `texts`, a query of the table's columns as text and `_row`."""
    typed = [f"{_typed(one)} as {sql.name(one.column.name + '!')}" for one in table.fields]
    named = [f"{sql.name(n + '!')} as {sql.name(n)}" for n in table.column_names]
    problems = ", ".join(
        f"case when {sql.name(name)} is not null and {sql.name(name + '!')} is null then"
        f" {{'column_name': {sql.text(name)}, 'value': {sql.name(name)},"
        f" 'reason': {sql.text(_EXPECTED[one.column.type])}}} end"
        for one in table.fields
        if (name := one.column.name) and one.column.type in _EXPECTED
    )
    listed = f"list_filter([{problems}], lambda problem: problem is not null)"
    return f"""
        with
        texts as ({texts}),
        typed as (select *, {", ".join(typed)} from texts)
        select
            {", ".join(named)},
            {file} as _file,
            _row,
            {f"nullif({listed}, [])" if problems else "null"} as _problems
        from typed
    """


def _given(one: Field, columns: list[str]) -> str:
    return f"nullif({sql.name(one.path)}, '')" if one.path in columns else "cast(null as varchar)"


def _steps(path: str) -> list[str | int]:
    """`a.b[0].c` as ["a", "b", 0, "c"]."""
    return [
        int(step[1:-1]) if step[0] == "[" else step for step in re.findall(r"[^.\[]+|\[\d+\]", path)
    ]


def _place(shape: dict[str | int, Any], steps: list[str | int], leaf: str) -> None:
    """Add the path of one column to the structure that DuckDB reads."""
    key, *rest = steps
    if not rest:
        shape[key] = leaf
    elif isinstance(rest[0], int):
        inner = shape.setdefault(key, [{}])[0]
        if len(rest) == 1:
            shape[key] = [leaf]
        else:
            _place(inner, rest[1:], leaf)
    else:
        _place(shape.setdefault(key, {}), rest, leaf)


def _found(one: Field, holder: str) -> str:
    """The text of a column in `item`, or in the JSON column there that contains its path; an empty
    text and JSON's null are no value."""
    value = "item"
    for step in _steps(holder or one.path):
        value += f"[{step + 1}]" if isinstance(step, int) else f".{sql.name(step)}"
    if holder:
        value = f"json_extract_string({value}, {sql.text('$' + one.path.removeprefix(holder))})"
    return f"nullif({value}, 'null')" if one.column.type == "json" else f"nullif({value}, '')"


def _typed(one: Field) -> str:
    value, type_ = sql.name(one.column.name), one.column.type
    match type_:
        case "timestamp" if one.format == "unix":
            return f"make_timestamp(try_cast({value} as bigint) * 1000000)"
        case "timestamp":
            parsed = f"try_strptime({value}, {sql.text(one.format)})" if one.format else value
            moment = f"try_cast({parsed} as timestamptz)"
            return f"timezone('UTC', case when isfinite({moment}) then {moment} end)"
        case "integer":
            # A plain cast would round 12.7 to 13 without an error.
            exact = sql.decimal(value, "decimal(38, 6)")
            return f"case when {exact} = trunc({exact}) then try_cast({exact} as bigint) end"
        case "money" | "rate" | "decimal":
            return sql.decimal(value, one.column.sql_type)
        case _:
            return f"try_cast({value} as {one.column.sql_type})"
