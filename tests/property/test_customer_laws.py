"""Laws of the marts of customers, for any deals of any customers."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.models import make

AS_OF = date(2026, 6, 30)
FIRST = datetime(2024, 12, 1)
MARTS = ("mart_customer_360", "mart_customer_cohort", "mart_customer_seasonality")
MARTS += ("mart_seasonality_demand",)

text, moment, money = pa.string(), pa.timestamp("us"), pa.decimal128(38, 10)
DEALS = pa.schema(
    [
        *(("deal_id", text), ("customer_id", text), ("lead_id", text), ("status", text)),
        *(("created_at", moment), ("won_at", moment), ("final_closed_at", moment)),
        *(("amount_base", money), ("cost_base", money), ("is_test", pa.bool_())),
        *(("owner_id_current", text), ("owner_id_at_close", text)),
        *(("is_new_customer", pa.bool_()), ("is_made_of_order", pa.bool_())),
    ]
)
OTHERS = """
    create schema marts; create schema intermediate;
    create table marts.dim_customer as select * from (values
        ('c0', 'b2b'), ('c1', 'b2c'), ('c2', 'b2c'), ('c3', null), ('c4', 'b2c'), ('asked', 'b2c'),
        ('test', 'b2c')
    ) as t (customer_id, segment);
    alter table marts.dim_customer add column is_test boolean;
    update marts.dim_customer set is_test = customer_id = 'test';
    alter table marts.dim_customer add column city varchar;
    alter table marts.dim_customer add column first_won_at timestamp;
    create table marts.dim_manager as select
        'u' as manager_id, 'Ulya' as name, 'North' as department;
    create table marts.dim_date as select unnest(generate_series(
        date '2024-12-01', date '2026-12-31', interval 1 day))::date as date;
    create table marts.fct_lead as select * from (values
        ('l0', 'c0', 'ads'), ('l1', 'c1', 'search')) as t (lead_id, customer_id, channel);
    alter table marts.fct_lead add column owner_id varchar default 'u';
    alter table marts.fct_lead add column status varchar default 'open';
    alter table marts.fct_lead add column deal_id varchar;
    alter table marts.fct_lead add column is_test boolean default false;
    alter table marts.fct_lead add column is_spam boolean default false;
    alter table marts.fct_lead add column is_made_of_order boolean default false;
    alter table marts.fct_lead add column created_at timestamp default timestamp '2025-01-01';
    alter table marts.fct_lead add column converted_at timestamp;
    alter table marts.fct_lead add column lost_at timestamp;
    alter table marts.fct_lead add column won_at timestamp;
    create table marts.fct_ad_spend as
        select date, 'ads' as channel, 10.005::decimal(38, 10) as spend_base
        from marts.dim_date where date <= date '2026-06-30';
    create table marts.fct_call (started_at timestamp, direction varchar, status varchar,
        is_test boolean, manager_id varchar, customer_id varchar, deal_id varchar, lead_id varchar);
    create table marts.fct_message (sent_at timestamp, direction varchar, channel varchar,
        is_automatic boolean, is_test boolean, manager_id varchar, customer_id varchar,
        deal_id varchar, lead_id varchar);
    create table marts.fct_order (source varchar, order_id varchar, deal_id varchar);
    create table marts.fct_order_line (source varchar, order_id varchar, product_id varchar,
        quantity decimal(18, 6), returned_quantity decimal(18, 6),
        revenue_base decimal(38, 10), returned_amount_base decimal(38, 10));
    create table marts.dim_product (product_id varchar, category varchar);
"""
GIVEN = ("fct_deal", "int_deals__conformed", "dim_customer", "dim_date", "fct_lead")
GIVEN += ("fct_ad_spend", "fct_call", "fct_message", "fct_order", "fct_order_line", "dim_product")
GIVEN += ("dim_manager",)

amounts = st.none() | st.integers(-500, 10**7).map(lambda amount: Decimal(amount) / 1000)
deals = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["c0", "c1", "c2", "c3", "c4"]),
        "lead_id": st.sampled_from([None, "l0", "l1", "gone"]),
        "status": st.sampled_from(["won", "won", "won", "lost", "open"]),
        # The last minutes of the as_of day, and the hours that are another day in Moscow.
        "won_at": st.integers(0, (576 * 24) - 4).map(lambda hours: FIRST + timedelta(hours=hours)),
        "amount_base": amounts,
        "cost_base": amounts,
        "is_test": st.sampled_from([False, False, False, True]),
    }
)


@pytest.fixture(scope="module")
def compiled(compile_models):
    return compile_models(*MARTS, given=GIVEN, as_of=AS_OF.isoformat())


@pytest.fixture(scope="module")
def build(compiled):
    """A function of deals: a warehouse in memory with the marts built over them."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(OTHERS)

        def build(deals: list[dict]) -> duckdb.DuckDBPyConnection:
            rows = [
                deal
                | {
                    "deal_id": f"d{number}",
                    "created_at": deal["won_at"],
                    "won_at": deal["won_at"] if deal["status"] == "won" else None,
                    "final_closed_at": None if deal["status"] == "open" else deal["won_at"],
                    "owner_id_current": "u",
                    "owner_id_at_close": "u",
                    "is_new_customer": True,
                    "is_made_of_order": False,
                }
                for number, deal in enumerate(deals)
            ]
            connection.register("rows", pa.Table.from_pylist(rows, schema=DEALS))
            connection.execute(
                "create or replace table marts.fct_deal as from rows;"
                "create or replace table intermediate.int_deals__conformed as from rows;"
                "create or replace temp table purchases as select *, cast(timezone('Europe/Moscow',"
                " timezone('UTC', won_at)) as date) as day from rows where status = 'won'"
                " and not is_test"
            )
            for name, code in compiled:
                make(connection, name, code)
            return connection

        yield build


LAWS = {
    "every customer has one row, but for a test": """
        select customer_id from marts.mart_customer_360 full join (
            from marts.dim_customer where not is_test
        ) using (customer_id) group by customer_id having count(*) != 1
    """,
    "deals and amounts of customers and of cohorts are those of the purchases": """
        with bought as (
            select count(*) as n, round(coalesce(sum(amount_base), 0), 2) as total from purchases
        ), customers as (select sum(won_count) as n, sum(revenue) as total
            from marts.mart_customer_360
        ), cohorts as (select coalesce(sum(orders), 0) as n, coalesce(sum(revenue), 0) as total
            from marts.mart_customer_cohort)
        from bought, customers, cohorts where bought.n != customers.n or bought.n != cohorts.n
            or bought.total != customers.total or bought.total != cohorts.total
    """,
    "the cohorts begin with the customers who have bought": """
        select sum(customers) from marts.mart_customer_cohort where months_since = 0
        having coalesce(sum(customers), 0) != (select count(distinct customer_id) from purchases)
    """,
    "retention is a share, and all of it in the first month": """
        from marts.mart_customer_cohort
        where retention not between 0 and 1 or (months_since = 0 and retention != 1)
            or active > orders
    """,
    "a cohort has every month up to now once, and its customers do not change": """
        select cohort_month, segment, first_channel from marts.mart_customer_cohort
        group by all having count(*) != max(months_since) + 1 or min(months_since) != 0
            or max(months_since) != date_diff('month', cohort_month, date '2026-06-30')
            or count(distinct customers) != 1
    """,
    "what is spent on a channel is shared out among the new customers of the month": """
        select cohort_month from marts.mart_customer_cohort
        where first_channel = 'ads' and months_since = 0 group by cohort_month
        having abs(sum(acquisition_spend) - 10.005 * day(last_day(cohort_month))) > 0.02
    """,
    "who has bought later, more often or for more has no lower score": """
        from marts.mart_customer_360 as one, marts.mart_customer_360 as other
        where (one.recency_days <= other.recency_days and one.r_score < other.r_score)
            or (one.frequency_365 >= other.frequency_365 and one.f_score < other.f_score)
            or (one.monetary_365 >= other.monetary_365 and one.m_score < other.m_score)
    """,
    "scores are from 1 to 5, and the least of a rank is 1": """
        select 1 from marts.mart_customer_360 where won_count > 0
        having min(r_score) != 1 or min(m_score) != 1
            or max(greatest(r_score, f_score, m_score)) > 5
    """,
    "one purchase is the lowest frequency, whoever else buys": """
        from marts.mart_customer_360 where won_count > 0
            and ((frequency_365 <= 1) != (f_score = 1) or (frequency_365 >= 6) != (f_score = 5))
    """,
    "who has bought on one day is not loyal, and who is likely to go is none of the best": """
        with days as (select customer_id, count(distinct day) as days from purchases group by all)
        from marts.mart_customer_360 inner join days using (customer_id)
        where (days = 1 and rfm_segment in ('champions', 'loyal', 'at_risk'))
            or (churn_risk = 'high' and rfm_segment in ('champions', 'loyal', 'promising'))
    """,
    "who has bought has scores and a name for them, others have not": """
        from marts.mart_customer_360 where (won_count > 0) != (r_score is not null)
            or (won_count > 0) != (rfm_segment is not null)
    """,
    "the next order is expected within its bounds, from three orders on": """
        with days as (select customer_id, count(distinct day) as days from purchases group by all)
        from marts.mart_customer_360 left join days using (customer_id)
        where next_order_expected_on not between next_order_low_on and next_order_high_on
            or (coalesce(days, 0) >= 3) != (next_order_expected_on is not null)
            or (days >= 3) != (order_interval_median_days is not null)
    """,
    "few customers have no chances": """
        from marts.mart_customer_360
        where p_alive is not null or expected_orders_365 is not null
            or expected_revenue_365 is not null
    """,
    "who has come back has twelve months, and no season of less than two years": """
        with returned as (select customer_id from purchases group by all having count(*) > 1)
        select customer_id from marts.mart_customer_seasonality full join returned
            using (customer_id)
        group by all having count(*) != 12 or count(distinct calendar_month) != 12
            or count(label) != 0
            or min(next_start_on) != date '2026-07-01' or max(next_start_on) != date '2027-06-01'
    """,
    "the base of a week is an eighth of the last eight weeks": """
        with recent as (
            select coalesce(sum(amount_base), 0) * 0.125 as base from purchases
            where day > date '2026-06-30' - 56
        )
        select week_start from marts.mart_seasonality_demand, recent group by week_start, base
        having abs(sum(base_amount) - base) > 0.005 or week_start < date '2026-07-06'
    """,
}


@given(deals=st.lists(deals, max_size=12))
def test_whatever_is_bought_is_accounted_for(build, deals):
    connection = build(deals)
    for law, broken in LAWS.items():
        assert connection.execute(broken).fetchall() == [], law
