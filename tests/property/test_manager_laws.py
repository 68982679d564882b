"""Laws of mart_manager_kpi that hold for any facts: days add up to weeks and months, managers add
up to the company, and no ratio stands without a denominator."""

from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

MARTS = ("mart_manager_kpi", "mart_department_kpi", "mart_call_daily")
FIRST, LAST = date(2026, 2, 20), date(2026, 4, 10)

# The columns of the star that the mart reads.
STAR = {
    "fct_lead": """lead_id text, owner_id text, created_at timestamp, source_type text,
        channel text, first_attempt_at timestamp, first_contact_at timestamp, is_test boolean,
        is_spam boolean, speed_to_lead_minutes double, speed_to_contact_minutes double,
        age_minutes double, is_made_of_order boolean""",
    "fct_deal": """deal_id text, status text, owner_id_at_close text, owner_id_current text,
        created_at timestamp, final_closed_at timestamp, amount_base decimal(38, 10),
        is_new_customer boolean, is_test boolean, lead_id text, customer_id text,
        is_made_of_order boolean""",
    "fct_payment": """deal_id text, paid_at timestamp, amount_base decimal(38, 10),
        is_refund boolean""",
    "fct_call": """call_id text, source text, customer_id text, queue_seconds bigint,
        ring_seconds bigint, manager_id text, started_at timestamp, direction text, status text,
        talk_seconds bigint, is_test boolean""",
    "fct_plan": """kpi_id text, scope_type text, scope_id text, period_start date, period_end date,
        version bigint, value decimal(18, 2), set_at timestamp""",
    "dim_manager": """manager_id text, name text, team text, department text, is_active boolean,
        hired_on date, left_on date""",
    "dim_date": "date date, is_workday boolean",
    "dim_channel": "channel text, channel_group text",
    "dim_customer": "customer_id text, segment text",
}

AT = {"lead": "first_attempt_at", "contact": "first_contact_at"}

people = st.sampled_from(["anna", "boris", "unassigned"])
# A day of the business is cut at 21:00 UTC.
times = st.datetimes(datetime(2026, 2, 20), datetime(2026, 4, 10, 20, 59, 59)).map(
    lambda at: at.replace(microsecond=0)
)
amounts = st.none() | st.decimals(0, 1000, places=2)
rarely = st.sampled_from([False] * 5 + [True])

speeds = st.sampled_from([0.0, 5.0, 5.5, 15.0, 60.0, 61.0])

leads = st.fixed_dictionaries(
    {
        "owner_id": people,
        "created_at": times,
        "source_type": st.sampled_from([None, "form", "call"]),
        "first_attempt_at": st.none() | times,
        "first_contact_at": st.none() | times,
        "speed_to_lead_minutes": speeds,
        "speed_to_contact_minutes": speeds,
        "age_minutes": st.sampled_from([0.0, 59.5, 60.0, 600.0]),
        "is_made_of_order": rarely,
        "is_test": rarely,
        "is_spam": rarely,
    }
).map(
    lambda lead: (
        lead
        | {f"speed_to_{what}_minutes": None for what in ("lead", "contact") if not lead[AT[what]]}
    )
)
deals = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["open", "won", "lost"]),
        "owner_id_at_close": people,
        "owner_id_current": people,
        "created_at": times,
        "final_closed_at": times,
        "amount_base": amounts,
        "is_new_customer": st.booleans(),
        "is_made_of_order": rarely,
        "is_test": rarely,
        "refunds": st.lists(
            st.fixed_dictionaries(
                {"paid_at": times, "amount_base": amounts, "is_refund": st.booleans()}
            ),
            max_size=2,
        ),
    }
).map(
    lambda deal: (
        deal | {"final_closed_at": None, "owner_id_at_close": None}
        if deal["status"] == "open"
        else deal
    )
)
calls = st.fixed_dictionaries(
    {
        "manager_id": people,
        "started_at": times,
        "direction": st.sampled_from(["in", "out"]),
        "status": st.sampled_from(["answered", "missed", "abandoned_short", "failed"]),
        "talk_seconds": st.none() | st.integers(0, 200),
        "ring_seconds": st.none() | st.integers(0, 40),
        "customer_id": st.sampled_from([None, None, "c1", "c2"]),
        "client_phone": st.sampled_from([None, "+7 501", "502", "503"]),
        "is_test": st.sampled_from([False, False, False, True]),
    }
)


@pytest.fixture(scope="module")
def warehouse_of_laws(compile_models):
    """A warehouse in memory with empty facts, and the models to be built on them."""
    given = (*STAR, "stg_entities__calls", "int_calls__sessions", "int_people__absences")
    variables = {"as_of": str(LAST), "time_zone": "Europe/Moscow", "low_n": 3}
    compiled = compile_models(*MARTS, given=given, **variables)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema marts; create schema intermediate; create schema landing")
        # Every session is one leg, by whose phone the client is known.
        connection.execute(
            """
            create table landing.calls (source text, call_id text, client_phone text);
            create view intermediate.int_calls__sessions as
            select source, call_id as session_id, call_id as first_call_id
            from landing.calls;
            create table intermediate.int_people__absences (manager_id text, date date)
            """
        )
        for name, columns in STAR.items():
            connection.execute(f"create table marts.{name} ({columns})")
        connection.execute(
            """
            insert into marts.dim_manager values
                ('anna', 'Anna', 'b2c', 'sales', true, '2026-03-04', null),
                ('boris', 'Boris', 'b2b', 'sales', false, null, null),
                ('unassigned', 'Unassigned', null, null, false, null, null)
            """
        )
        yield connection, compiled


def build(warehouse, **facts: list[dict]) -> duckdb.DuckDBPyConnection:
    """The tables `kpi` and `departments`: the marts of these facts."""
    connection, compiled = warehouse
    for name, rows in facts.items():
        table = name if "." in name else f"marts.{name}"
        connection.execute(f"truncate {table}")
        schema = connection.table(table).to_arrow_table().schema
        connection.register("rows", pa.Table.from_pylist(rows, schema=schema))
        connection.execute(f"insert into {table} from rows")
    for name, sql in compiled:
        connection.execute(f"create or replace table {name} as {sql}")
    connection.execute("create or replace view kpi as from marts.mart_manager_kpi")
    connection.execute("create or replace view departments as from marts.mart_department_kpi")
    return connection


@given(
    leads=st.lists(leads, max_size=12),
    deals=st.lists(deals, max_size=12),
    calls=st.lists(calls, max_size=12),
    away=st.sets(st.tuples(people, st.dates(FIRST, LAST)), max_size=12),
)
def test_any_facts_are_conserved(warehouse_of_laws, leads, deals, calls, away):
    for number, deal in enumerate(deals):
        deal["deal_id"] = f"d{number}"
    payments = [
        refund | {"deal_id": deal["deal_id"]} for deal in deals for refund in deal["refunds"]
    ]
    calendar = [
        {"date": day, "is_workday": day.weekday() < 5}
        for day in (FIRST + timedelta(days=passed) for passed in range((LAST - FIRST).days + 30))
    ]
    calls = [call | {"source": "s", "call_id": f"c{no}"} for no, call in enumerate(calls)]
    connection = build(
        warehouse_of_laws,
        fct_lead=leads,
        fct_deal=deals,
        fct_payment=payments,
        fct_call=calls,
        dim_date=calendar,
        **{
            "landing.calls": calls,
            "intermediate.int_people__absences": [
                {"manager_id": manager, "date": day} for manager, day in away
            ],
        },
    )
    real = [call for call in calls if not call["is_test"]]
    expected = expected_totals(leads, deals, real)
    for grain in ("day", "week", "month"):
        assert totals(connection, grain) == expected
        for scope_type in ("team", "department", "company"):
            assert totals(connection, grain, scope_type) == expected
        assert open_at_the_end(connection, grain) == expected_open(deals)
    assert broken_ratios(connection) == 0
    assert broken_days_of_calls(connection) == 0
    assert days_at_work(connection) == expected_days(leads, deals, real, away)


def totals(connection, grain: str, scope_type: str = "manager") -> dict:
    table = "kpi" if scope_type == "manager" else f"departments where scope_type = '{scope_type}'"
    row = connection.execute(
        f"""
        select
            coalesce(sum(leads_taken), 0) as leads_taken,
            coalesce(sum(leads_from_calls), 0) as leads_from_calls,
            coalesce(sum(leads_never_contacted), 0) as leads_never_contacted,
            coalesce(sum(leads_timed), 0) as leads_timed,
            cast(round(coalesce(sum(speed_to_lead_within_15_share * leads_timed), 0)) as bigint)
                as leads_within_15,
            coalesce(sum(deals_created), 0) as deals_created,
            coalesce(sum(won_count), 0) as won_count,
            coalesce(sum(lost_count), 0) as lost_count,
            coalesce(sum(crm_leads_taken), 0) as crm_leads_taken,
            coalesce(sum(crm_won_count), 0) as crm_won_count,
            coalesce(sum(new_closed_count + returning_closed_count), 0) as crm_closed_count,
            coalesce(sum(crm_closed_amount), 0) as crm_closed_amount,
            coalesce(sum(revenue), 0) as revenue,
            coalesce(sum(calls_out), 0) as calls_out,
            coalesce(sum(calls_in), 0) as calls_in,
            coalesce(sum(talk_seconds), 0) as talk_seconds,
            coalesce(sum(meaningful_calls), 0) as meaningful_calls,
        from (from {table}) where period_grain = ?
        """,
        [grain],
    )
    return dict(zip([column[0] for column in row.description], row.fetchone(), strict=True))


def expected_totals(leads: list[dict], deals: list[dict], calls: list[dict]) -> dict:
    leads = [lead for lead in leads if not lead["is_test"] and not lead["is_spam"]]
    waiting = [
        lead for lead in leads if lead["source_type"] != "call" and not lead["is_made_of_order"]
    ]
    timed = [lead for lead in waiting if lead["age_minutes"] >= 60]
    deals = [deal for deal in deals if not deal["is_test"]]
    won = [deal for deal in deals if deal["status"] == "won"]
    lost = [deal for deal in deals if deal["status"] == "lost"]
    refunds = [refund for deal in won for refund in deal["refunds"] if refund["is_refund"]]
    sold = [deal for deal in (*won, *lost) if not deal["is_made_of_order"]]
    talked = [call["talk_seconds"] or 0 for call in calls if call["status"] == "answered"]
    return {
        "leads_taken": len(leads),
        "leads_from_calls": sum(lead["source_type"] == "call" for lead in leads),
        "leads_timed": len(timed),
        "leads_within_15": sum(
            lead["first_attempt_at"] is not None and lead["speed_to_lead_minutes"] <= 15
            for lead in timed
        ),
        "leads_never_contacted": sum(
            lead["first_attempt_at"] is None and lead["first_contact_at"] is None
            for lead in waiting
        ),
        "deals_created": len(deals),
        "won_count": len(won),
        "lost_count": len(lost),
        "crm_leads_taken": sum(not lead["is_made_of_order"] for lead in leads),
        "crm_won_count": sum(deal["status"] == "won" for deal in sold),
        "crm_closed_count": len(sold),
        "crm_closed_amount": sum(deal["amount_base"] or 0 for deal in sold),
        "revenue": sum(deal["amount_base"] or 0 for deal in won)
        - sum(refund["amount_base"] or 0 for refund in refunds),
        "calls_out": sum(call["direction"] == "out" for call in calls),
        "calls_in": sum(call["direction"] == "in" for call in calls),
        "talk_seconds": sum(talked),
        "meaningful_calls": sum(seconds >= 60 for seconds in talked),
    }


def days_at_work(connection) -> dict[tuple[str, str], int]:
    """The working days of each manager, of the department and of the company, by the grain."""
    rows = connection.execute(
        """
        select scope_id, period_grain, sum(workdays) from intermediate.int_scopes__workdays
        where scope_type <> 'team' group by all
        """
    ).fetchall()
    return {(scope, grain): days for scope, grain, days in rows}


def expected_days(
    leads: list[dict], deals: list[dict], calls: list[dict], away: set[tuple[str, date]]
) -> dict[tuple[str, str], int]:
    """Anna was hired on a day; Boris, who is inactive, worked from the first to the last of his
    leads, deals and calls. Who has none of them has no days."""
    acts: dict[str, list[date]] = {"anna": [], "boris": []}
    for who, when, row in (
        *(("owner_id", "created_at", lead) for lead in leads if not lead["is_spam"]),
        *(("owner_id_current", "created_at", deal) for deal in deals if deal["status"] == "open"),
        *(
            ("owner_id_at_close", when, deal)
            for deal in deals
            for when in ("created_at", "final_closed_at")
            if deal["status"] != "open"
        ),
        *(("manager_id", "started_at", call) for call in calls),
    ):
        if row[who] in acts and not row["is_test"]:
            acts[row[who]].append((row[when] + timedelta(hours=3)).date())
    spans = {"anna": (date(2026, 3, 4), LAST)} if acts["anna"] else {}
    if acts["boris"]:
        spans["boris"] = (min(acts["boris"]), max(acts["boris"]))
    days = {
        who: sum(
            day.weekday() < 5 and (who, day) not in away
            for day in (first + timedelta(days=passed) for passed in range((last - first).days + 1))
        )
        for who, (first, last) in spans.items()
    }
    if days:
        days |= {"sales": sum(days.values()), "company": sum(days.values())}
    return {
        (who, grain): count for who, count in days.items() for grain in ("day", "week", "month")
    }


def open_at_the_end(connection, grain: str) -> int:
    """Open deals over all managers at the end of the last period, which as_of lies in."""
    return connection.execute(
        """
        select coalesce(sum(open_count), 0) from kpi
        where period_grain = ? and period_start = case period_grain
            when 'day' then as_of_date else date_trunc(period_grain, as_of_date) end
        """,
        [grain],
    ).fetchone()[0]


def expected_open(deals: list[dict]) -> int:
    return sum(
        deal["status"] == "open" and not deal["is_test"] and not deal["is_made_of_order"]
        for deal in deals
    )


def broken_days_of_calls(connection) -> int:
    """Days whose episodes do not fall into the three outcomes or are more than their missed calls,
    and sums over all days that are not those of the KPIs."""
    return connection.execute(
        """
        select count(*) from marts.mart_call_daily
        where episodes <> episodes_called_back + episodes_self_recovered + episodes_unresolved
            or episodes > missed or sla_share not between 0 and 1
        union all
        select count(*) from (
            select sum(sessions), sum(talk_seconds), sum(meaningful_calls), sum(episodes)
            from marts.mart_call_daily having count(*) > 0
            except
            select sum(calls_in + calls_out), sum(talk_seconds), sum(meaningful_calls),
                sum(missed_episodes)
            from kpi where period_grain = 'week'
        ) order by 1 desc limit 1
        """
    ).fetchone()[0]


def broken_ratios(connection) -> int:
    """Rows whose ratio is defined without a denominator, undefined with one, or beyond 0 to 1."""
    return connection.execute(
        """
        select count(*) from kpi
        where (win_rate is null) <> (crm_closed_count = 0)
            or (new_win_rate is null) <> (new_closed_count = 0)
            or (returning_win_rate is null) <> (returning_closed_count = 0)
            or (missed_rate is null) <> (calls_in_answered + calls_in_missed = 0)
            or coalesce(least(win_rate, value_win_rate, missed_rate), 0) < 0
            or coalesce(greatest(win_rate, value_win_rate, missed_rate), 1) > 1
            or (speed_to_lead_within_5_share is null) <> (leads_timed = 0)
            or speed_to_lead_within_5_share > speed_to_lead_within_15_share
            or speed_to_lead_within_15_share > speed_to_lead_within_60_share
            or speed_to_lead_within_60_share > 1
            or speed_to_lead_p50_minutes > speed_to_lead_p95_minutes
            or expected_won not between 0 and crm_closed_count
            or mix_index not between mix_index_ci_low - 1e-9 and mix_index_ci_high + 1e-9
            or is_low_n <> (crm_closed_count < 3)
            or problem_scope = 'individual' and (is_low_n or mix_index_ci_high >= 1)
            or open_count < 0
        """
    ).fetchone()[0]
