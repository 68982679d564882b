"""Gate 1: does a column that always had a value have none all of a sudden?

A field that a source has renamed overnight is no error: it comes as one that is empty.
"""

from data_quality.checks import Measure, Night
from data_quality.daily import DAILY_ENTITIES, business_day
from orchestration.sources import sql
from orchestration.sources.entities import Entity

# Fewer rows on a day may be empty by chance.
_FEW = 10

_EMPTIED = """
    with
    landed as (
        select {day} as day, {columns} from {{batch}}
        where {time} >= date '{as_of}' - 57 and {time} < date '{as_of}' + 2
    ),
    split as (select *, day = date '{as_of}' as is_last from landed where day <= date '{as_of}'),
    counted as (
        select
            count_if(is_last) as last_rows,
            count_if(not is_last) as earlier_rows,
            unnest([{counts}]) as told
        from split
    ),
    lived as (
        select last_rows, told.name as name, told.last_values = 0 as is_emptied
        from counted
        where last_rows >= {few} and earlier_rows >= {few} and told.earlier_values = earlier_rows
    )
    select
        1.0 as threshold,
        1 - count_if(is_emptied) / count(*) as value,
        {where} || ': ' || case
            when count_if(is_emptied) = 0 then 'every column that is always filled still is'
            else string_agg('`' || name || '`', ', ' order by name) filter (where is_emptied)
                || ' had a value in every row of the 8 weeks before, and has none in the '
                || max(last_rows) || ' rows of {as_of}; see whether the source calls it'
                || ' something else now'
        end as detail
    from lived
    having count(*) > 0
"""


def emptied_measures(entity: Entity, night: Night) -> list[Measure]:
    """The measure over the columns of one entity of one source that may be empty."""
    optional = [column.name for column in entity.columns if not column.required]
    if entity.name not in DAILY_ENTITIES or not entity.time or not optional:
        return []
    counts = (
        f"struct_pack(name := {sql.text(name)},"
        f" last_values := count_if(is_last and {sql.name(name)} is not null),"
        f" earlier_values := count_if(not is_last and {sql.name(name)} is not null))"
        for name in optional
    )
    query = _EMPTIED.format(
        day=business_day(entity, night),
        columns=sql.names(optional),
        counts=", ".join(counts),
        time=sql.name(entity.time),
        as_of=night.as_of,
        few=_FEW,
        where=sql.text(f"{night.source}.{entity.name}"),
    )
    return [Measure("still_filled", "completeness", "warn", query)]
