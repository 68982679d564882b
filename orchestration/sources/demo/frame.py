"""Columns of numbers, and how they become the tables of the contract.

A frame holds one numpy array per column. Missing is -1; a time is a whole number of seconds and a
day a whole number of days since the first midnight of the demo in Moscow; money is in hundredths.
"""

import zlib
from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from orchestration.core.entities import ENTITIES
from orchestration.core.entity import Column

Frame = dict[str, np.ndarray]
MISSING = -1

# Midnight of 2024-01-01 in Moscow, which keeps UTC+3 all year round.
_FIRST_MIDNIGHT_UTC = int(np.datetime64("2023-12-31T21:00:00", "s").astype(int))


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one module: its own, so that a change in one leaves the others alone."""
    key = np.random.SeedSequence([seed, zlib.crc32(name.encode())])
    return np.random.Generator(np.random.PCG64(key))


def take(frame: Frame, rows: np.ndarray) -> Frame:
    """The chosen rows (indexes or a mask) of every column."""
    return {name: values[rows] for name, values in frame.items()}


def stack(*frames: Frame) -> Frame:
    """The frames one below the other; all have the columns of the first."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def pick(rng: np.random.Generator, size: int, weights: ArrayLike) -> np.ndarray:
    """`size` indexes into `weights`, each as likely as its weight says."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right")


def texts(values: Sequence[str | None]) -> pa.Array:
    """A column of text."""
    return pa.array(values, pa.string())


def labels(codes: np.ndarray, values: list[str]) -> pa.Array:
    """Text from codes; the code -1 is missing."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, texts(values)).cast(pa.string())


def key(prefix: str, column: str) -> str:
    """SQL of an id such as D0000012 for row 11, NULL where the row is missing."""
    return f"case when {column} >= 0 then format('{prefix}{{:07d}}', {column} + 1) end"


def moment(column: str) -> str:
    """SQL of the UTC timestamp of a column of seconds, NULL where it is missing."""
    return (
        f"case when {column} >= 0 then "
        f"make_timestamp(({column} + {_FIRST_MIDNIGHT_UTC})::bigint * 1000000) end"
    )


def store(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    frame: Mapping[str, np.ndarray | pa.Array],
    /,
    **expressions: str,
) -> None:
    """Make the table of an entity: its columns in order, each from an SQL expression over the frame
    or from the frame's column of the same name; a column that has neither is NULL."""
    columns = ENTITIES[entity].columns
    projection = ", ".join(
        f"cast({expressions.get(column.name) or _plain(column, frame)} as {column.sql_type})"
        f" as {column.name}"
        for column in columns
    )
    connection.from_arrow(pa.table(dict(frame))).project(projection).create(entity)


def _plain(column: Column, frame: Mapping[str, np.ndarray | pa.Array]) -> str:
    name = column.name
    if name not in frame:
        return "null"
    if not isinstance(frame[name], np.ndarray):
        return name
    match column.type:
        case "timestamp":
            return moment(name)
        case "date":
            return f"case when {name} >= 0 then date '2024-01-01' + {name}::integer end"
        case "money":
            return f"case when {name} >= 0 then {name} * 0.01::decimal(3, 2) end"
        case "integer":
            return f"case when {name} >= 0 then {name} end"
        case _:
            return name
