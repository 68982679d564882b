"""JSON files as a relation: an array of objects, or objects one after the other."""

import json
import re
from pathlib import Path
from typing import BinaryIO

import duckdb
import numpy as np

from orchestration.core import sql
from orchestration.core.errors import SourceError
from orchestration.sources.files.config import FileMapping
from orchestration.sources.files.header import column_names
from orchestration.sources.files.records import Records
from orchestration.sources.mapping.reading import TextTable

_PIECE_BYTES = 1 << 22
_HEAD_BYTES = 1 << 20
_STEP = np.zeros(256, np.int64)
_STEP[list(b"[{")], _STEP[list(b"]}")] = 1, -1
_MARK = _STEP != 0
_MARK[ord(",")] = True


def read_objects(
    connection: duckdb.DuckDBPyConnection, path: Path, text: Path, mapping: FileMapping, kind: str
) -> TextTable:
    """The JSON file `text` as a relation, a column for each key. `path`: its name in errors; `kind`
    `jsonl`: each line is an object, whatever the file begins with."""
    layout = "newline_delimited" if kind == "jsonl" else _layout(text)
    lenient = "true" if layout == "newline_delimited" else "false"
    objects = f"""
        read_json_objects(
            {sql.file(text)}, format = '{layout}', compression = 'uncompressed',
            hive_partitioning = false, ignore_errors = {lenient}
        )
    """
    pointer = "'/' || replace(replace(key, '~', '~0'), '/', '~1')"
    found = connection.execute(
        f"""
        select key, bool_or(json_type(json, {pointer}) = 'DOUBLE'), bool_or(repeats)
        from (
            select unnest(keys) as key, {_repeats("keys")} as repeats, json
            from (
                select json_keys(json) as keys, json
                from {objects} where json_type(json) = 'OBJECT'
            )
        )
        group by key order by key
        """
    ).fetchall()
    keys = [key for key, _, _ in found]
    has_repeats = any(repeats for *_, repeats in found)
    with text.open("rb") as file:
        if layout == "newline_delimited":
            held = Records(path, "\0", "", 1).read(file).rows
        else:
            held = count_values(file, in_array=layout == "array")
    if not held:
        # An account without rows is exported as an empty array.
        keys = sorted(mapping.file_columns)
    elif not keys:
        raise SourceError(f"{path} cannot be read as {kind}: no line of it is a JSON object")
    columns = column_names(path, keys, mapping.file_columns)
    values = "".join(
        f"{_value(key)} as {sql.name(column)}, " for key, column in zip(keys, columns, strict=True)
    )
    # A repeated key has several values, and it is unknown which one is right.
    repeated = f"when {_repeats('json_keys(json)')} then 'the object has a key twice'"
    repeated = repeated if has_repeats else ""
    relation = f"""
        select
            {values} row_number() over () as _row,
            case
                when json is null or json_type(json) <> 'OBJECT'
                    then 'the line is not a JSON object'
                {repeated}
            end as _unread
        from {objects}
    """
    names = dict(zip(keys, columns, strict=True))
    numbers = frozenset(names[key] for key, is_number, _ in found if is_number)
    return TextTable(columns, relation, held=held, numbers=numbers)


def _repeats(keys: str) -> str:
    return f"len(list_distinct({keys})) < len({keys})"


def _layout(text: Path) -> str:
    """An array, one object a line, or objects over several lines."""
    with text.open("rb") as file:
        first = next(
            (line for line in iter(lambda: file.readline(_HEAD_BYTES), b"") if line.strip()), b""
        )
    if first.lstrip().startswith(b"["):
        return "array"
    try:
        json.loads(first)
    except ValueError:
        return "unstructured" if first.strip() in (b"{", b"") else "newline_delimited"
    return "newline_delimited"


def _value(key: str) -> str:
    """The text of a key's value. DuckDB makes a number with a fraction a double, which may lose
    digits: then the digits are those in the text of the object."""
    pointer = sql.text("/" + key.replace("~", "~0").replace("/", "~1"))
    written = re.escape(json.dumps(key, ensure_ascii=False)).replace("\\ ", " ")
    pattern = sql.text(written + r"\s*:\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
    digits = f"regexp_extract(cast(json as varchar), {pattern}, 1)"
    # A whole number may be an id, so it is written without decimals: 501.0 is 501.
    whole = rf"regexp_replace({digits}, '\.0+$', '')"
    return f"""
        case
            when json_type(json, {pointer}) = 'DOUBLE'
                and try_cast({digits} as double) = try_cast(json ->> {pointer} as double)
                then {whole}
            {_array(key, pointer) if key else ""}
            else json ->> {pointer}
        end
    """


def _array(key: str, pointer: str) -> str:
    """An array of texts or numbers: all of them, separated by semicolons."""
    parts = sql.text(f"$.{json.dumps(key, ensure_ascii=False)}[*]")
    return f"""
            when json_type(json, {pointer}) = 'ARRAY'
                and not list_has_any(json_type(json, {parts}), ['OBJECT', 'ARRAY'])
                then array_to_string(json_extract_string(json, {parts}), ';')
    """


def count_values(file: BinaryIO, in_array: bool) -> int:
    """How many values an array has, or how many objects follow each other: brackets and commas
    outside strings, in numpy, a piece at a time."""
    depth, inside, found, kept = 0, False, 0, b""
    wanted = 1 if in_array else 0
    lead = b""
    while chunk := file.read(_PIECE_BYTES):
        piece = kept + chunk
        # A backslash at the end of a piece escapes the first character of the next.
        whole = len(piece.rstrip(b"\\"))
        whole += (len(piece) - whole) // 2 * 2
        piece, kept = piece[:whole], piece[whole:]
        if len(lead) < 2:
            lead += piece.translate(None, b" \t\r\n")[:2]
        piece = piece.replace(rb"\\", b"__").replace(rb"\"", b"__")
        data = np.frombuffer(piece, np.uint8)
        quotes = np.flatnonzero(data == ord('"'))
        marks = np.flatnonzero(_MARK[data])
        marks = marks[(np.searchsorted(quotes, marks) + inside) % 2 == 0]
        inside = bool((len(quotes) + inside) % 2)
        steps = _STEP[data[marks]]
        depths = depth + np.cumsum(steps)
        depth = int(depths[-1]) if len(depths) else depth
        if in_array:
            found += int(((steps == 0) & (depths == wanted)).sum())
        else:
            found += int(((steps == -1) & (depths == wanted)).sum())
    # There is one more value than commas, unless the array is empty.
    return found + (in_array and lead[1:2] not in (b"", b"]"))
