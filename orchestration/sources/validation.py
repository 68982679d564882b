"""The rules for delivered rows: values are present, allowed and known, and keys are unique."""

import duckdb

from orchestration.core import sql
from orchestration.core.entity import Entity
from orchestration.sources.currencies import CURRENCIES

_CURRENCY_COLUMNS = {"currency", "account_currency"}


def check_entity(
    connection: duckdb.DuckDBPyConnection, entity: Entity, delivered: set[str]
) -> None:
    """Write the ids of the rows of an entity that must not be loaded into `rejected` (one row per
    bad value) and `superseded`. The entities it refers to must be checked before."""
    checks = [_unread(entity), *_values(entity), *_references(entity, delivered)]
    connection.execute(
        f"insert into rejected select {sql.text(entity.name)}, checked.* "
        f"from ({' union all '.join(checks)}) as checked"
    )
    _keep_one_per_key(connection, entity)
    if entity.part_of:
        _drop_former_parts(connection, entity, entity.part_of)


def _unread(entity: Entity) -> str:
    return f"""
        select row_id, problem.column_name, problem.value, problem.reason
        from (
            select rowid as row_id, unnest(_problems) as problem
            from delivered.{entity.name}
            where _problems is not null
        )
    """


def _values(entity: Entity) -> list[str]:
    """Checks of single values; a row that could not be read is not checked further."""
    checks = []
    for column in entity.columns:
        value = sql.name(column.name)
        if column.required:
            checks.append(
                _finding(entity, column.name, f"{value} is null", "is required and empty")
            )
        if column.allowed:
            reason = f"is none of {', '.join(column.allowed)}"
            outside = f"{value} not in ({sql.texts(column.allowed)})"
            checks.append(_finding(entity, column.name, outside, reason))
        if column.name in _CURRENCY_COLUMNS:
            outside = f"{value} not in ({sql.texts(sorted(CURRENCIES))})"
            reason = "is not an ISO 4217 currency code, expected one like RUB"
            checks.append(_finding(entity, column.name, outside, reason))
    return checks


def _references(entity: Entity, delivered: set[str]) -> list[str]:
    checks = []
    for reference in entity.references:
        if reference.entity not in delivered:
            continue
        pairs = zip(reference.columns, reference.target, strict=True)
        matches = " and ".join(
            f"target.{sql.name(target)} = delivered.{sql.name(own)}" for own, target in pairs
        )
        given = " and ".join(f"{sql.name(own)} is not null" for own in reference.columns)
        unknown = f"""
            {given} and not exists (
                select 1 from delivered.{reference.entity} as target
                where {matches} and target.rowid not in (
                    select row_id from rejected where entity = {sql.text(reference.entity)}
                )
            )
        """
        reason = f"is in no row of {reference.entity} ({', '.join(reference.target)})"
        checks.append(_finding(entity, reference.columns[-1], unknown, reason))
    return checks


def _finding(entity: Entity, column: str, condition: str, reason: str) -> str:
    return f"""
        select rowid, {sql.text(column)}, cast({sql.name(column)} as varchar), {sql.text(reason)}
        from delivered.{entity.name} as delivered
        where _problems is null and {condition}
    """


def _keep_one_per_key(connection: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Of rows with the same key, the newest version is kept; among equals, the first in the file.

    An older version, an exact copy and, where the config says that the later file wins, the row of
    an earlier file are superseded; any other row contradicts the kept one and is rejected. Of a
    restated entity, the row delivered last among equals is kept, and no row is a contradiction. An
    exact copy of a part of a sum may be another part of it: it is rejected.
    """
    versions = [sql.name(name) for name in (entity.version, entity.version_else) if name]
    version = f"coalesce({', '.join(versions)})" if versions else "null"
    keys = sql.names(entity.key)
    same_key = _same("good", "repeated", entity.key)
    arrival = "desc" if entity.restated else "asc"
    connection.execute(
        f"""
        create or replace temp table contenders as
        with
        good as (
            select delivered.rowid as _row_id, {version} as _version, delivered.*, _mapping, _place
            from delivered.{entity.name} as delivered
            left join restating on restating.entity = $entity and restating.file = _file
            where delivered.rowid not in (select row_id from rejected where entity = $entity)
        ),
        -- Few keys repeat: only their rows are sorted.
        repeated as (select {keys} from good group by {keys} having count(*) > 1)
        select
            good.*,
            row_number() over (
                partition by {", ".join(f"good.{sql.name(key)}" for key in entity.key)}
                order by
                    good._version desc nulls last, good._place desc nulls last,
                    good._row_id {arrival}
            ) as _rank
        from good
        inner join repeated on {same_key}
        """,
        {"entity": entity.name},
    )
    pairs = f"""
        from contenders as other
        inner join contenders as kept
            on kept._rank = 1 and other._rank > 1 and {_same("other", "kept", entity.key)}
    """
    # A part of a sum has no id of its own: its copy may be another part.
    copy = "false" if entity.is_sum else _same("other", "kept", entity.column_names)
    harmless = f"""
        ({str(entity.restated).lower()} or other._version is distinct from kept._version
        or coalesce(other._mapping = kept._mapping and other._place < kept._place, false)
        or ({copy}))
    """
    both = f"'row ' || kept._row || ' of ' || kept._file || {sql.text(_same_key(entity))}"
    connection.execute(
        f"""
        insert into superseded
        select {sql.text(entity.name)}, other._row_id {pairs} where {harmless};
        insert into rejected
        select
            {sql.text(entity.name)}, other._row_id, {sql.text(", ".join(entity.key))},
            concat_ws('/', {", ".join(f"other.{sql.name(key)}" for key in entity.key)}),
            {both}
        {pairs} where not {harmless};
        drop table contenders;
        """
    )


def _drop_former_parts(connection: duckdb.DuckDBPyConnection, entity: Entity, whole: str) -> None:
    """Where the later file wins, a part that is in no later file with its whole was removed from
    it: it is superseded."""
    keys = sql.names(entity.key)
    connection.execute(
        f"""
        insert into superseded
        select $entity, row_id
        from (
            select delivered.rowid as row_id, _place,
                max(_place) over (partition by _mapping, {keys}) as _last_place,
                max(_place) over (partition by _mapping, {sql.name(whole)}) as _whole_place
            from delivered.{entity.name} as delivered
            inner join restating on restating.entity = $entity and restating.file = _file
        )
        where _last_place = _place and _place < _whole_place
            and row_id not in (select row_id from superseded where entity = $entity)
            and row_id not in (select row_id from rejected where entity = $entity)
        """,
        {"entity": entity.name},
    )


def _same_key(entity: Entity) -> str:
    if not entity.is_sum:
        return " has the same key and other values"
    return (
        " has the same key: map what else the rows are broken down by, or say `later_file_wins`"
        " where files overlap"
    )


def _same(left: str, right: str, columns: tuple[str, ...]) -> str:
    return " and ".join(
        f"{left}.{sql.name(column)} is not distinct from {right}.{sql.name(column)}"
        for column in columns
    )
