"""Gate 1: whether an entity or a column is suddenly empty.

A field that a source renamed raises no error: it comes empty. So does an optional entity when the
account has lost the right to read it.
"""

from data_quality.checks import CheckContext, Measure
from data_quality.daily import DAILY_ENTITIES, business_day
from orchestration.core import sql
from orchestration.core.entity import Entity

# With fewer rows on a day, a column may be empty by chance.
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


# For an entity that may have no rows: whether it had some within 8 weeks. If it may be empty, the
# threshold is 0, which also records for later nights that it had none.
_MAY_BE_EMPTY = """
    with
    landed as (select count(*) as row_count from {{batch}}),
    earlier as (
        select max(as_of_date) as filled_on
        from ledger.checks
        where
            gate = 'landing' and source = {source} and entity = {entity}
            and check_id = 'delivered' and passed and threshold > 0
            and as_of_date between date '{as_of}' - 56 and date '{as_of}' - 1
    )
    select
        case when row_count = 0 and filled_on is null then 0.0 else 1.0 end as threshold,
        case when row_count = 0 and filled_on is not null then 0.0 else 1.0 end as value,
        {where} || ': ' || case
            when row_count > 0 then 'rows landed'
            when filled_on is null then 'no rows, as the vendor says is normal'
            else 'no rows, and there were some on ' || filled_on || '; see whether they were'
                || ' deleted at the vendor, or whether the token may still read them'
        end as detail
    from landed cross join earlier
"""


def may_be_empty_measure(entity: Entity, context: CheckContext) -> Measure:
    """The measure `delivered` of an entity that an account may do without: it passes without rows,
    and warns where there were some within the last 8 weeks."""
    query = _MAY_BE_EMPTY.format(
        source=sql.text(context.source),
        entity=sql.text(entity.name),
        as_of=context.as_of,
        where=sql.text(f"{context.source}.{entity.name}"),
    )
    return Measure("delivered", "completeness", "warn", query)


def emptied_measures(entity: Entity, context: CheckContext) -> list[Measure]:
    """The measure over the optional columns of one entity of one source."""
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
        day=business_day(entity, context),
        columns=sql.names(optional),
        counts=", ".join(counts),
        time=sql.name(entity.time),
        as_of=context.as_of,
        few=_FEW,
        where=sql.text(f"{context.source}.{entity.name}"),
    )
    return [Measure("still_filled", "completeness", "warn", query)]
