"""Gate 1, over the ledger: what became of the rows and the money that a source delivered."""

from collections.abc import Iterable, Mapping
from typing import Any

from data_quality.checks import CheckContext, Measure
from orchestration.core import sql
from orchestration.core.entity import Entity

_SUMMED = """
    with
    loads as (
        select
            entity,
            sum({what}_delivered) as delivered,
            sum({what}_loaded) as loaded,
            sum({what}_quarantined) as quarantined,
            sum({what}_superseded) as superseded
        from {{batch}}
        where as_of_date = date '{as_of}' and source = {source} and {what}_delivered is not null
        group by entity
    )
"""

_COUNTED = ("delivered", "loaded", "quarantined", "superseded", "landed")

# `landed` is counted in the tables: a check of the ledger against itself would prove nothing.
_CONSERVED = """
    , landed as ({landed}),
    compared as (
        select
            loads.*,
            coalesce(landed.total, 0) as landed,
            abs(delivered - loaded - quarantined - superseded)
            + abs(loaded - coalesce(landed.total, 0)) as missing
        from loads
        left join landed on landed.entity = loads.entity
    )
    select
        entity,
        1.0 as threshold,
        cast(
            1 - least(1, missing / greatest(abs(delivered), abs(landed), missing, 0.01)) as double
        ) as value,
        {source} || '.' || entity || ': ' || {shown[delivered]} || ' {unit} delivered, '
        || {shown[loaded]} || ' loaded, ' || {shown[quarantined]} || ' quarantined, '
        || {shown[superseded]} || ' superseded, ' || {shown[landed]} || ' found in the warehouse'
        || case when missing <> 0 then '; delivered has to be the sum of the next three, and loaded'
            || ' what is found: run the night again' else '' end as detail
    from compared
    order by entity
"""

# Landed rows of a vendor's table are not delivered again. So dead letters of earlier nights
# (quarantined without a row number) are compared with the landed rows, as on their own night.
_QUARANTINED = """
    , tables as ({tables}),
    carried as (
        select entity, count(distinct record_id) as carried
        from ledger.quarantine
        where as_of_date = date '{as_of}' and source = {source} and row_number is null
        group by entity
    ),
    judged as (
        select
            loads.*,
            carried,
            case
                when carried > 0
                    then greatest(
                        coalesce((quarantined - carried) / nullif(delivered - carried, 0), 0),
                        carried / (carried + total)
                    )
                else coalesce(quarantined / nullif(delivered, 0), 0)
            end as share
        from loads
        left join tables on loads.entity = tables.entity
        left join carried on loads.entity = carried.entity and tables.entity is not null
    ),
    reasons as (
        select entity, file, column_name, value, reason, count(*) as row_count
        from ledger.quarantine
        where as_of_date = date '{as_of}' and source = {source}
        group by entity, file, column_name, value, reason
        qualify row_number() over (
            partition by entity
            order by
                row_count desc, file nulls last, column_name nulls last, value nulls last, reason
        ) <= 3
    ),
    examples as (
        select
            entity,
            string_agg(
                concat_ws(
                    ' ',
                    file || ',',
                    'column `' || column_name || '`:',
                    '`' || value || '`',
                    reason,
                    '(' || row_count || case when row_count = 1 then ' row)' else ' rows)' end
                ),
                '; ' order by row_count desc, file, column_name, value, reason
            ) as found
        from reasons
        group by entity
    )
    select
        judged.entity,
        {threshold} as threshold,
        1 - share as value,
        {source} || '.' || judged.entity || ': ' || quarantined || ' of ' || delivered
        || ' rows are quarantined, tolerance allows {percent}'
        || coalesce('; ' || carried || ' of nights before, not readable yet', '')
        || case when quarantined = 0 then '' else coalesce(': ' || found, '')
            || '; correct them at the source, or raise `tolerance` of source ' || {source} end
        as detail
    from judged
    left join examples on examples.entity = judged.entity
    order by judged.entity
"""


def delivery_measures(
    context: CheckContext, replaced: Iterable[Entity], merged: Mapping[str, Entity]
) -> list[Measure]:
    """The measures over ledger.loads for one source. `replaced`: its raw tables with the rows of
    tonight only; `merged`: those that keep earlier rows too, by their names in the ledger; their
    quarantine is compared with all their rows."""
    given = {"as_of": context.as_of, "source": sql.text(context.source)}
    replaced = list(replaced)
    rows = [_total(context.source, table.name, "count(*)") for table in replaced]
    money = [
        _total(context.source, table.name, f"coalesce(sum({table.money}), 0)")
        for table in replaced
        if table.money
    ]
    return [
        *_conserved("rows_reconciled", "rows", "rows", rows, given),
        *_conserved("money_reconciled", "money", "of money", money, given),
        Measure(
            "quarantine_within_tolerance",
            "validity",
            "block",
            (_SUMMED + _QUARANTINED).format(
                **given,
                what="rows",
                threshold=repr(1 - context.tolerance),
                percent=f"{100 * context.tolerance:g} %",
                tables=" union all ".join(
                    _total(context.source, table.name, "count(*)", name)
                    for name, table in merged.items()
                )
                or "select null as entity, 0 as total where false",
            ),
        ),
    ]


def _conserved(
    check_id: str, what: str, unit: str, landed: list[str], given: dict[str, Any]
) -> list[Measure]:
    if not landed:
        return []
    query = (_SUMMED + _CONSERVED).format(
        **given,
        what=what,
        unit=unit,
        landed=" union all ".join(landed),
        shown={name: sql.shown_number(name) for name in _COUNTED},
    )
    return [Measure(check_id, "reconciliation", "block", query)]


def _total(source: str, entity: str, total: str, name: str = "") -> str:
    table = f"{sql.name(f'raw_{source}')}.{sql.name(entity)}"
    return f"select {sql.text(name or entity)} as entity, {total} as total from {table}"
