"""The two kinds of check of gate 2, as queries: equal totals and no bad rows.

`{batch}` in them is the table the measure is listed under.
"""

from data_quality.checks import Dimension, Measure, Severity
from orchestration.core import sql

# A mart is rounded to hundredths, so it differs from an exact sum by at most half of one.
_ROUNDING = 0.005

_SAME_TOTAL = """
    with
    found as ({found}),
    expected as ({expected}),
    compared as (
        select
            part,
            coalesce(found.total, 0) as found_total,
            coalesce(expected.total, 0) as expected_total,
            abs(found_total - expected_total) as difference
        from found full outer join expected using (part)
    )
    select
        1.0 as threshold,
        cast(
            case
                when difference <= {rounding} then 1
                else 1 - least(1, difference / greatest(abs(found_total), abs(expected_total)))
            end as double
        ) as value,
        {what} || case when part = '' then '' else ' of ' || part end || ' is '
        || {found_shown} || ', {basis} say ' || {expected_shown}
        || case when difference <= {rounding} then ''
        else '; they have to be equal: report it, the models count wrong' end as detail
    from compared
    order by part
"""

_NO_BAD_ROWS = """
    with bad as (
        select {shown} as shown, count(*) as row_count from {rows} where {bad} group by shown
    ),
    examples as (
        select
            coalesce(sum(row_count), 0) as row_count,
            array_to_string(
                list_slice(
                    list('`' || shown || '` (' || row_count || 'x)' order by row_count desc, shown),
                    1, 3
                ),
                ', '
            ) as found
        from bad
    ){money}
    select
        {threshold} as threshold,
        cast(1 - coalesce(examples.row_count / nullif(total.row_count, 0), 0) as double) as value,
        {table} || ': ' || examples.row_count || ' of ' || total.row_count || ' rows {complaint}'
        || case
            when examples.row_count > 0 then ': ' || found{with_money} || '; {advice}' else ''
        end as detail
    from examples cross join (select count(*) as row_count from {rows}) as total
"""

# What the bad rows are worth, by currency.
_MONEY = """,
    money as (
        select string_agg(shown || coalesce(' ' || currency, ''), ', ' order by currency) as shown
        from (
            select currency, {amount} as shown from {rows} where {bad}
            group by currency having sum(amount) <> 0
        ) as by_currency
    )"""
_WITH_MONEY = " || coalesce(' for ' || (select shown from money), '')"


def same_total(
    check_id: str,
    table: str,
    what: str,
    found: str,
    expected: str,
    marts: tuple[str, ...] = (),
) -> Measure:
    """Two totals are equal for every value of `part`."""
    basis = "the landed rows" if check_id.endswith("landing") else "the facts"
    query = _SAME_TOTAL.format(
        found=found,
        expected=expected,
        what=sql.text(f"{table}: {what}"),
        basis=basis,
        rounding=_ROUNDING,
        found_shown=sql.shown_number("found_total"),
        expected_shown=sql.shown_number("expected_total"),
    )
    description = f"The {what} is that of {basis}."
    return Measure(check_id, "reconciliation", "block", query, description, marts or (table,))


def no_bad_rows(
    check_id: str,
    table: str,
    bad: str,
    shown: str,
    complaint: str,
    advice: str,
    marts: tuple[str, ...],
    severity: Severity = "block",
    dimension: Dimension = "completeness",
    rows: str = "{batch}",
    *,
    has_money: bool = False,
    threshold: float = 1.0,
) -> Measure:
    """No row is bad, or at least the share `threshold` of them is not.

    `rows`: a table or a query in brackets, if not the table the measure is listed under; `table`:
    the name of these rows in the detail; `has_money`: the detail also says what the bad rows are
    worth, by their `amount` and `currency`.
    """
    money = _MONEY.format(rows=rows, bad=bad, amount=sql.shown_number("sum(amount)"))
    query = _NO_BAD_ROWS.format(
        rows=rows,
        bad=bad,
        shown=shown,
        table=sql.text(table),
        complaint=complaint,
        advice=advice,
        money=money if has_money else "",
        with_money=_WITH_MONEY if has_money else "",
        threshold=threshold,
    )
    return Measure(check_id, dimension, severity, query, f"No rows {complaint}.", marts)
