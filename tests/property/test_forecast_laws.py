"""Laws of the forecast that hold for any deals: it never falls below what is won, it adds up, and
that of a day knows nothing of the days after it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.profiles import costly

FIRST, DAY, AS_OF = date(2025, 11, 1), date(2026, 3, 18), date(2026, 4, 30)
GIVEN = (
    *("int_deals__conformed", "int_deals__history", "int_customers__described"),
    "int_forecast__delivered",
    *("marts.fct_deal_stage_visit", "marts.dim_stage", "marts.dim_kpi", "marts.dim_manager"),
    *("marts.dim_date", "intermediate.int_scopes__periods", "intermediate.int_scopes__managers"),
)
TABLES = f"""
    create schema if not exists marts; create schema if not exists intermediate;
    create or replace table intermediate.int_customers__described as
        select * from (values ('c1', 'b2b'), ('c2', null)) as t (customer_id, segment);
    create or replace table marts.dim_stage as select * from (values
        ('p', 'one', 'open', 0.1), ('p', 'two', 'open', 0.5), ('p', 'won', 'won', 1.0),
        ('p', 'lost', 'lost', 0.0)
    ) as t (pipeline_id, stage_id, semantics, probability);
    create or replace table marts.dim_kpi as
        select 'revenue' as kpi_id, 'Revenue' as name_en, 'Выручка' as name_ru;
    create or replace table marts.dim_manager as select 'anna' as manager_id, 'Anna' as name;
    create or replace table marts.dim_date as
        select day::date as date, isodow(day) < 6 as is_workday
        from generate_series(date '{FIRST}', date '2026-12-31', interval 1 day) as t (day);
    create or replace table intermediate.int_scopes__managers as select * from (values
        ('manager', 'anna', 'anna'), ('manager', 'boris', 'boris'),
        ('company', 'company', 'anna'), ('company', 'company', 'boris')
    ) as t (scope_type, scope_id, manager_id);
    create or replace table intermediate.int_forecast__delivered as select
        true as has_calls, true as has_leads, true as has_deals, true as has_amounts,
        true as has_ads;
    create or replace table intermediate.int_deals__conformed (
        deal_id text, pipeline_id text, stage_id text, status text, customer_id text,
        is_test boolean, owner_id_current text, owner_id_at_close text,
        created_at timestamp, closed_at timestamp, amount_base decimal(38, 10),
        expected_close_on date
    );
    create or replace table marts.fct_deal_stage_visit (
        deal_id text, visit_no bigint, pipeline_id text, stage_id text, entered_at timestamp,
        exited_at timestamp
    );
"""
# Facts of managers and the company by day, as the deals have them.
PERIODS = f"""
    create or replace table intermediate.int_scopes__periods as
    select scopes.scope_type, scopes.scope_id, 'day' as period_grain, days.date as period_start,
        count(deal_id)::bigint as won_count,
        count(deal_id) filter (where amount_base > 0)::bigint as won_with_amount_count,
        count(amount_base) as revenue_known_count,
        count(deal_id) - count(amount_base) as revenue_unknown_count,
        case when revenue_known_count > 0 or revenue_unknown_count = 0
            then coalesce(sum(amount_base), 0)::decimal(30, 2) end as revenue,
        coalesce(sum(amount_base), 0)::decimal(30, 2) as won_amount,
        0::decimal(30, 2) as refund_amount, 0::bigint as calls_out, 0::bigint as leads_taken
    from intermediate.int_scopes__managers as scopes
    cross join (select date from marts.dim_date where date <= '{AS_OF}') as days
    left join intermediate.int_deals__conformed as deals
        on deals.owner_id_at_close = scopes.manager_id and deals.status = 'won'
        and deals.closed_at::date = days.date
    group by all
"""

stays = st.integers(0, 40)
deals = st.lists(
    st.fixed_dictionaries(
        {
            "created": st.integers(0, 175),
            "stays": st.tuples(stays, stays),
            "end": st.sampled_from(["won", "lost", "open"]),
            "owner": st.sampled_from(["anna", "boris"]),
            "customer": st.sampled_from(["c1", "c2"]),
            "amount": st.sampled_from([None, 0, 100, 250]),
        }
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def forecast(compile_models) -> Iterator[Callable]:
    """A function of deals: the connection in which the forecast is made over them. A deal enters
    stage one, then two, then its end; `known_until` leaves out what happens after a day."""
    compiled = compile_models(
        "mart_forecast_accuracy", given=GIVEN, as_of=AS_OF.isoformat(), time_zone="UTC"
    )
    with duckdb.connect(config={"threads": 1}) as connection:

        def build(deals: list[dict], known_until: date = AS_OF) -> duckdb.DuckDBPyConnection:
            connection.execute(TABLES)
            until = datetime.combine(known_until, datetime.min.time()) + timedelta(days=1)
            for number, deal in enumerate(deals):
                moments = [datetime(2025, 11, 1, 12) + timedelta(days=deal["created"])]
                for stay in deal["stays"]:
                    moments.append(moments[-1] + timedelta(days=stay))
                stages = ["one", "two"] + ([deal["end"]] if deal["end"] != "open" else [])
                happened = [
                    (stage, at) for stage, at in zip(stages, moments, strict=False) if at < until
                ]
                if not happened:
                    continue
                last, closed_at = happened[-1]
                status = last if last in ("won", "lost") else "open"
                connection.execute(
                    "insert into intermediate.int_deals__conformed"
                    " values (?, 'p', ?, ?, ?, false, ?, ?, ?, ?, ?, null)",
                    [
                        *(f"d{number}", last, status, deal["customer"], deal["owner"]),
                        *(deal["owner"], moments[0], closed_at if status != "open" else None),
                        deal["amount"],
                    ],
                )
                leaves = [at for _, at in happened[1:]] + [None]
                connection.executemany(
                    "insert into marts.fct_deal_stage_visit values (?, ?, 'p', ?, ?, ?)",
                    [
                        (f"d{number}", place, stage, at, left)
                        for place, ((stage, at), left) in enumerate(
                            zip(happened, leaves, strict=True), 1
                        )
                    ],
                )
            connection.execute(
                "create or replace table intermediate.int_deals__history as"
                " select deal_id, created_at as first_at from intermediate.int_deals__conformed"
            )
            connection.execute(PERIODS)
            for name, sql in compiled:
                connection.execute(f"create or replace table {name} as {sql}")
            return connection

        yield build


@costly(8)
@given(deals)
def test_it_never_falls_below_what_is_won_and_adds_up(forecast, deals):
    connection = forecast(deals)
    below, outside = connection.sql(
        """
        select count(*) filter (expected_forecast < fact or run_rate_forecast < fact),
            count(*) filter (sd < 0)
        from intermediate.int_forecast__methods where kpi_id <> 'average_check'
        """
    ).fetchone()
    assert (below, outside) == (0, 0)
    different = connection.sql(
        """
        select kpi_id, period_grain, forecast_on from intermediate.int_forecast__methods
        where kpi_id in ('won_count', 'revenue') group by all
        -- What a manager won for amounts that nobody knows adds up to nothing known.
        having count(*) = count(fact) and abs(
            sum(expected_forecast) filter (scope_type = 'manager')
            - sum(expected_forecast) filter (scope_type = 'company')
        ) > 1e-6
        """
    ).fetchall()
    assert different == []


@costly(8)
@given(deals)
def test_a_forecast_of_a_day_knows_nothing_of_later_days(forecast, deals):
    # Whether amounts are written down is a habit of the company, seen in the deals open now.
    deals = [deal | {"amount": deal["amount"] or 50} for deal in deals]
    query = f"""
        select kpi_id, scope_type, scope_id, period_grain, fact, sd, expected_forecast,
            run_rate_forecast, seasonal_forecast, crm_forecast
        from intermediate.int_forecast__methods
        where forecast_on = '{DAY}' order by all
    """
    late = forecast(deals).sql(query).fetchall()
    early = forecast(deals, known_until=DAY).sql(query).fetchall()
    assert len(late) > 0
    assert [row[:4] for row in late] == [row[:4] for row in early]
    for later, earlier in zip(late, early, strict=True):
        assert later[4:] == pytest.approx(earlier[4:], abs=1e-6)
