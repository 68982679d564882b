"""What the tests of all ad cabinets share."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import duckdb

from orchestration.core.entities import ENTITIES
from orchestration.emulators.company import Company

_KEY = ENTITIES["ad_stats"].key


def by_key(rows: Iterable[dict[str, Any]]) -> dict[tuple, dict[str, Any]]:
    """Rows of the entity by its key, which no two of them share."""
    rows = list(rows)
    keyed = {tuple(row[name] for name in _KEY): row for row in rows}
    assert len(keyed) == len(rows)
    return keyed


def conformed(warehouse: duckdb.DuckDBPyConnection) -> dict[tuple, dict[str, Any]]:
    """The rows that came out as the entity."""
    names = ENTITIES["ad_stats"].column_names
    cursor = warehouse.execute(f"select {', '.join(names)} from landing.ad_stats")
    return by_key(dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def carried(
    company: Company,
    renamed: Mapping[str, str],
    not_carried: Mapping[str, Mapping[str, str]],
    first: date,
    last: date,
) -> dict[tuple, dict[str, Any]]:
    """What a platform can carry of the company's statistics of these days."""
    query = f"from ({renamed['ad_stats']}) where date between ? and ?"
    missing = dict.fromkeys(not_carried["ad_stats"])
    return by_key(row | missing for row in company.rows(query, first, last))


def total(rows: Iterable[dict[str, Any]]) -> tuple:
    """Impressions, clicks, spend and conversions of all rows together."""
    rows = list(rows)
    return tuple(
        sum(row[name] or 0 for row in rows)
        for name in ("impressions", "clicks", "spend", "conversions")
    )
