"""A company whose data is good: what the gates' tests break, one thing at a time."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb

from kits.united import unite
from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.warehouse import create_ledger
from orchestration.settings import Settings

AS_OF = date(2026, 6, 30)
TOLERANCE = 0.05

# 120 days up to as_of, twelve rows a day, at noon UTC.
_ROWS = """
    from (
        select
            d * 12 + k as n,
            timestamp '2026-06-30 12:00:00' - to_days(cast(d as integer)) as moment
        from range(0, 120) as days(d), range(0, 12) as parts(k)
    )
"""

_DELIVERED = {
    "users": "select 'u1' as user_id, 'Ann' as name",
    "stages": """
        select * from (values
            ('p', 'Sales', 'new', 'New', 1, 'open'), ('p', 'Sales', 'won', 'Won', 2, 'won')
        ) as v(pipeline_id, pipeline_name, stage_id, stage_name, stage_order, semantics)
    """,
    "leads": f"""
        select 'l' || n as lead_id, moment as created_at, 'google' as utm_source,
            '+7900' || n as phone, 'u1' as owner_id, 'd' || n as deal_id {_ROWS}
    """,
    "deals": f"""
        select 'd' || n as deal_id, 'p' as pipeline_id, 'won' as stage_id, 'won' as status,
            moment as created_at, moment + interval 1 hour as closed_at, 100 as amount,
            if(n % 2 = 0, 'RUB', 'USD') as currency, 'u1' as owner_id, 'l' || n as lead_id {_ROWS}
    """,
    "stage_events": f"""
        select 'd' || n as deal_id, 'won' as to_stage_id, moment as changed_at {_ROWS}
    """,
    "merges": "select 'contacts' as entity, 'k0' as loser_id, 'k1' as survivor_id",
    "contacts": "select 'k1' as contact_id, 'Bob' as name",
    "calls": f"""
        select 'c' || n as call_id, moment as started_at, moment + interval 1 minute as ended_at,
            'in' as direction, 'u1' as user_id, 60 as talk_seconds {_ROWS}
    """,
    "ad_stats": f"""
        select cast(moment as date) as date, 'ads' as platform, 'a' as account_id,
            'RUB' as account_currency, 'k' || n as campaign_id, 100 as impressions, 10 as clicks,
            50 as spend {_ROWS}
    """,
    "plans": """
        select 'calls' as kpi, 'manager' as scope_type, 'u1' as scope_id,
            date '2026-06-01' as period_start, date '2026-06-30' as period_end, 9 as value
    """,
    "fx_rates": f"""
        select distinct cast(moment as date) as date, 'USD' as currency, 90 as rate_to_base {_ROWS}
    """,
    "messages": f"""
        select 'm' || n as message_id, moment as sent_at, 'out' as direction, 'email' as channel,
            'u1' as user_id, 'l' || n as lead_id {_ROWS}
    """,
    "tasks": f"""
        select 't' || n as task_id, moment as created_at, moment + interval 1 hour as completed_at,
            'u1' as user_id, 'd' || n as deal_id {_ROWS}
    """,
    # Both may be of days to come.
    "absences": """
        select 'u1' as user_id, date '2026-07-06' as first_on, date '2026-07-10' as last_on
    """,
    "external_events": """
        select 'e1' as event_id, date '2026-07-06' as starts_on, date '2026-07-07' as ends_on,
            'road' as kind
    """,
    "products": "select 'g1' as product_id, 'Mug' as name, 30 as cost, 'RUB' as currency",
    "orders": f"""
        select 'o' || n as order_id, 'site' as shop, moment as created_at, 'paid' as status,
            moment + interval 1 hour as paid_at, 'RUB' as currency, 'l' || n as lead_id,
            'd' || n as deal_id {_ROWS}
    """,
    "order_lines": f"""
        select 'o' || n as order_id, 1 as line_no, 'g1' as product_id, 2 as quantity, 50 as price,
            1 as returned_quantity {_ROWS}
    """,
    "fees": f"""
        select 'f' || n as fee_id, cast(moment as date) as date, 'site' as shop,
            'acquiring' as kind, 3 as amount, 'RUB' as currency, 'o' || n as order_id {_ROWS}
    """,
    "stock": f"""
        select cast(moment as date) as date, 'site' as shop, 'w' || n % 12 as warehouse,
            'g1' as product_id, 9 as quantity {_ROWS}
    """,
}

# What the models would make of it; only the columns that gate 2 reads.
_MARTS = """
    create schema marts; create schema intermediate; create schema identity;
    create table identity.readings as
        select 'leads' as entity, 'phone' as column_name, 1440 as delivered, 1440 as read
        union all select 'calls', 'client_phone', 0, 0;
    create table intermediate.int_scopes__periods as
        select 'company' as scope_type, 'day' as period_grain, date '2026-06-01' as period_start;
    create table intermediate.int_merges__resolved as
        select entity, loser_id, survivor_id as delivered_survivor_id, survivor_id, 'merged' as fate
        from landing.merges;
    create table marts.dim_customer as select 'k1' as customer_id;
    create temp table _grains as
        select * from (values ('day'), ('week'), ('month')) as grains (period_grain);
    create table marts.dim_manager as select 'u1' as manager_id;
    create table marts.dim_channel as select 'paid' as channel, true as is_listed;
    create table marts.dim_stage as select pipeline_id, stage_id, semantics from landing.stages;
    create table marts.fct_lead as
        select lead_id, owner_id, 'paid' as channel, 'won' as status,
            cast(null as timestamp) as converted_at, false as is_test, false as is_spam,
            false as is_made_of_order
        from landing.leads;
    create table marts.dim_pipeline as select 'p' as pipeline_id, 'deal' as kind, 'full' as history
        union all select 'i', 'lead', null;
    create table marts.fct_lead_stage_visit as
        select 'l1' as lead_id, 'i' as pipeline_id, 'ask' as stage_id;
    create table marts.fct_deal as
        select
            true as has_history,
            deal_id, pipeline_id, stage_id, status, lead_id, 'k1' as customer_id,
            owner_id as owner_id_at_close,
            closed_at as won_at, closed_at as final_closed_at, amount, currency,
            if(currency = 'USD', amount * 90, amount) as amount_base, false as is_test,
            false as is_made_of_order, cast(null as varchar) as lost_reason,
            cast(null as varchar) as lost_reason_group
        from landing.deals;
    create table marts.fct_deal_stage_visit as
        select deal_id, pipeline_id, if(visit_no = 1, 'new', 'won') as stage_id, visit_no,
            false as is_censored,
            if(visit_no = 1, closed_at, null) as exited_at
        from landing.deals cross join (values (1), (2)) as visits (visit_no);
    create table marts.fct_attribution_credit as
        select deal_id, 'linear' as attribution_model, 'paid' as channel from marts.fct_deal;
    create table marts.fct_payment as
        select cast(null as varchar) as deal_id, 100.0 as amount, 'USD' as currency,
            100.0 as amount_base, true as is_refund where false;
    create table marts.dim_date as select date '2026-06-30' as date, true as is_workday;
    create table marts.dim_kpi as select 'calls' as kpi_id;
    create table marts.fct_plan as
        select kpi as kpi_id, scope_type, scope_id, period_start, period_end from landing.plans;
    create table marts.mart_plan_forecast as
        select *, 1.0 as plan, 'month' as period_grain, false as is_over,
            cast(null as date) as forecast_on, period_end as as_of_date
        from marts.fct_plan;
    create table marts.mart_forecast_accuracy as
        select 'calls' as kpi_id, 'company' as scope_type, 'month' as period_grain,
            'shown' as method, 0 as forecasts_count;
    create table marts.fct_call as
        select source, call_id, 'u1' as manager_id, direction, 'answered' as status, talk_seconds,
            false as is_test
        from landing.calls;
    create table marts.fct_message as
        select message_id, direction, channel, 'u1' as manager_id, false as is_automatic,
            false as is_test
        from landing.messages;
    create table marts.fct_task as
        select task_id, 'u1' as manager_id, true as is_overdue, false as is_test
        from landing.tasks;
    create table marts.fct_external_event as select event_id from landing.external_events;
    create table marts.dim_product as select product_id from landing.products;
    create table marts.fct_order as
        select source, order_id, status, lead_id, deal_id, 'k1' as customer_id,
            false as is_deal_made, 100 as revenue, 50 as returned_amount, currency, shop,
            paid_at as won_at, 2 as units, 1 as returned_units, 100 as revenue_base,
            50 as returned_amount_base, false as is_test
        from landing.orders;
    create table marts.fct_order_line as
        select product_id, 100 as revenue, 100 as revenue_base, 'RUB' as currency
        from landing.order_lines;
    create table marts.fct_fee as
        select source, fee_id, date, product_id, amount, currency, amount as amount_base, shop,
            kind, false as is_test
        from landing.fees;
    create table marts.fct_stock_daily as select product_id from landing.stock;
    create table marts.fct_ad_spend as
        select date, platform, 'paid' as channel, spend, account_currency as currency,
            spend as spend_base, 'vat_excluded' as spend_basis, 1 as platform_conversions
        from landing.ad_stats;
    create table marts.mart_channel_conversion as
        select sum(spend_base) as spend, 1440 as leads, 1440.0 as won, 6552000.00 as won_amount,
            6552000.00 as revenue,
            1440.0 as cohort_won, 6552000.00 as cohort_revenue,
            'ads' as platform, 'c1' as campaign_id, date '2026-06-30' as date
        from marts.fct_ad_spend;
    create table marts.mart_channel_attribution as
        select 'linear' as attribution_model, won, won_amount, revenue, cohort_won, cohort_revenue
        from marts.mart_channel_conversion;
    create table marts.mart_attribution_compare as
        select period_grain, spend, revenue as linear_revenue, revenue as markov_total_revenue
        from marts.mart_channel_conversion cross join _grains;
    create table marts.mart_manager_kpi as
        select 'u1' as manager_id, period_grain, 1440 as won_count, 0 as lost_count,
            1440 as crm_won_count, 1440 as crm_closed_count, 6552000.00 as crm_won_amount,
            6552000.00 as won_amount, 6552000.00 as revenue, 1440 as leads_taken,
            1440 as crm_leads_taken,
            2880 as calls_in, 0 as calls_out
        from _grains;
    create table marts.mart_department_kpi as
        select * exclude (manager_id), scope_type as scope_id, date '2026-06-01' as period_start
        from marts.mart_manager_kpi
        cross join (values ('team'), ('department'), ('company')) as scopes (scope_type);
    create table marts.mart_finding as
        select 'win_rate_falls' as kind, 'company' as subject_type, 'company' as subject_id,
            date '2026-06-01' as period_start, 1440 as hits, null as impact_amount
        union all select 'campaign_without_leads', 'campaign', 'ads/c1', date '2026-06-01', null,
            -72000.00
        union all select 'client_overdue', 'customer', 'k1', date '2026-06-01', null, -900.00;
    create table marts.mart_customer_360 as
        select 'k1' as customer_id, 1440 as won_count, 6552000.00 as revenue,
            900.00 as monetary_365;
    create table marts.mart_customer_cohort as
        select 0 as months_since, 1 as customers, 1440 as orders, 6552000.00 as revenue;
    create table marts.mart_customer_seasonality as
        select n as calendar_month from range(12) as t (n);
    create table marts.mart_seasonality_demand as
        select date '2026-07-06' as week_start, 382200.00 as base_amount;
    create table marts.mart_category_seasonality as
        select 1 as calendar_month, 382200.00 as base_amount;
    create table marts.mart_deal_risk as
        select deal_id from marts.fct_deal where status = 'open';
    create table marts.mart_hygiene as
        select date '2026-06-30' as date, 'overdue_task' as rule_id, 1440 as violated,
            date '2026-06-30' as as_of_date;
    create table marts.mart_workload as
        select date '2026-06-29' as period_start, 0 as open_leads, 0 as open_deals,
            4320 as contacts_count, date '2026-06-30' as as_of_date;
    create table marts.mart_product_margin as
        select 'site' as shop, 2880 as units, 1440 as returned_units, 72000.00 as revenue,
            4320.00 as acquiring, 0.00 as commission, 0.00 as logistics, 0.00 as storage,
            0.00 as returns, 0.00 as advertising, 0.00 as tax, 0.00 as other;
    create table marts.mart_shop_daily as
        select shop, 1440 as orders, units, returned_units, revenue, acquiring as fees
        from marts.mart_product_margin;
    create table marts.mart_call_daily as
        select 'in' as direction, 2880 as sessions, 2880 as answered, 172800 as talk_seconds;
    create table marts.mart_call_hourly as
        select * exclude (talk_seconds) from marts.mart_call_daily;
    create table marts.mart_coaching as
        select * from (values ('win_rate', 1440), ('average_check', 1440), ('missed_rate', 2880))
            as cases (kpi_id, trials_count);
    create table marts.mart_contact_effect as
        select 'first_contact' as feature, 1440 as deals_count, 1440 as won_count;
    create table marts.mart_correspondence_daily as
        select 'email' as channel, 0 as in_count, 1440 as out_count;
    create table marts.mart_lead_cohort as
        select 'month' as cohort_grain, day_number, 1440 as leads
        from (values (0), (7)) as ages (day_number);
    create table marts.mart_channel_reconciliation as
        select 1440 as platform_conversions, 1440 as crm_leads, 1440 as won;
    create table marts.mart_lost_reason as select 'month' as period_grain, 0 as lost_count;
    create table marts.mart_funnel_period as
        select 'p' as pipeline_id, period_grain, date '2026-06-30' as period_start,
            2880 as entries_count, 1440 as exits_count, 0 as open_at_end_count,
            0.00 as open_at_end_amount
        from _grains;
    create table marts.mart_funnel_transition as
        select 'p' as pipeline_id, period_grain, 1440 as moves_count from _grains;
    create table marts.mart_pipeline_movement as
        select period_grain, date '2026-06-30' as period_start, 6552000.00 as created,
            6552000.00 as won, 0.00 as lost, 0.00 as reopened, 0.00 as closing
        from _grains;
    create table marts.mart_funnel_stage as
        select 'p' as pipeline_id, 'new' as stage_id, 1 as stage_order, 'implied' as mode,
            'all' as slice_type, 'all' as cohort_grain, 1440 as reached_count
        union all select 'p', 'won', 2, 'implied', 'all', 'all', 1440
        union all select 'leads', 'new', 1, 'implied', 'all', 'all', 1440
        union all select 'i', 'ask', 1, 'implied', 'all', 'all', 1;
"""


def settings() -> Settings:
    """A required files source `crm` that tolerates 5 % of bad rows, and an optional `pbx`."""
    return Settings(
        business={"name": "Small", "time_zone": "Europe/Moscow", "base_currency": "RUB"},
        sources={
            "crm": {**_source(_DELIVERED), "tolerance": TOLERANCE},
            "pbx": {**_source(["calls"]), "required": False},
        },
        limits={"memory": "1GB"},
    )


def _source(entities: Iterable[str]) -> dict:
    return {
        "type": "files",
        "time_zone": "UTC",
        "currency": "RUB",
        "entities": {
            name: {
                "path": f"{name}.csv",
                "columns": {c.name: "x" for c in ENTITIES[name].columns if c.required},
            }
            for name in entities
        },
    }


def build(root: Path, *, marts: bool) -> Home:
    """A home whose warehouse holds the good company, landed (and, if asked, modelled)."""
    home = Home(root)
    home.prepare()
    with duckdb.connect(home.warehouse) as connection:
        create_ledger(connection)
        for name, query in _DELIVERED.items():
            land(connection, "crm", name, query)
        land(connection, "pbx", "calls", _DELIVERED["calls"].replace("'c' || n", "'p' || n"))
        unite(connection, settings().sources)
        if marts:
            connection.execute(_MARTS)
    return home


def land(connection: duckdb.DuckDBPyConnection, source: str, name: str, query: str) -> None:
    """Land the rows of a query as `source` would: all columns, and a row in the ledger."""
    entity = ENTITIES[name]
    columns = ", ".join(f"{sql.name(c.name)} {c.sql_type}" for c in entity.columns)
    connection.execute(
        f"create schema if not exists raw_{source};"
        f"create table raw_{source}.{name} ({columns}, source varchar, _file varchar, _row bigint);"
        f"insert into raw_{source}.{name} by name select *, '{source}' as source,"
        f" '{name}.csv' as _file, row_number() over () as _row from ({query})"
    )
    money = f"sum({entity.money})" if entity.money else "null"
    none = "0" if entity.money else "null"
    connection.execute(
        f"insert into ledger.loads select date '{AS_OF}', '{source}', '{name}', '{name}.csv',"
        f" count(*), count(*), 0, 0, {money}, {money}, {none}, {none}, null, 0"
        f" from raw_{source}.{name}"
    )


def change(home: Home, statements: str) -> None:
    """Run statements on the warehouse."""
    with duckdb.connect(home.warehouse) as connection:
        connection.execute(statements)
