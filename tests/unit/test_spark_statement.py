"""How the SQL of a model is cut into steps for Spark."""

from orchestration.spark.statement import split

MODEL = """with recursive

orders as (select * from raw.orders where note != 'from days (union)'),

-- The days of (all) orders.
days as (
    select date, count(*) as orders from orders group by date
),

walks as (
    select date, 0 as steps from days
    union all
    select walks.date, walks.steps + 1 as steps
    from walks
    inner join (select max(orders) as most from days) as peak on walks.steps < peak.most
)

select * from walks
"""


def test_the_parts_of_a_statement_keep_their_text() -> None:
    orders, days, walks, last = split(MODEL)
    assert [one.name for one in (orders, days, walks, last)] == ["orders", "days", "walks", ""]
    assert orders.text == "select * from raw.orders where note != 'from days (union)'"
    assert last.text == "select * from walks"


def test_readers_are_names_after_from_and_join_not_words_of_a_text() -> None:
    orders, days, walks, _ = split(MODEL)
    assert (orders.reads("days"), days.reads("orders"), walks.reads("days")) == (0, 1, 2)
    assert not orders.is_costly
    assert days.is_costly


def test_a_recursive_expression_has_two_halves() -> None:
    *_, walks, _ = split(MODEL)
    first, step, is_all = walks.halves()
    assert walks.is_recursive
    assert is_all
    assert first.text == "select date, 0 as steps from days"
    assert step.text.startswith("select walks.date")
    *_, distinct, _ = split(MODEL.replace("union all", "union"))
    assert not distinct.halves()[2]


def test_a_query_follows_the_expressions_that_it_reads_through_others() -> None:
    orders, days, walks, last = split(MODEL)
    inline = {"orders": orders, "days": days, "unread": last}
    text = walks.halves()[0].after(inline)
    assert text.startswith("with orders as (\nselect * from raw.orders")
    assert "unread" not in text
    assert last.after({}) == "select * from walks"


def test_a_statement_may_have_no_expressions() -> None:
    (only,) = split("select 1 as one")
    assert only.text == "select 1 as one"
