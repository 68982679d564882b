"""The demo company as a delivery: its shape, its references, and the same bytes for one seed."""

import os
import subprocess
import sys
from datetime import date

import duckdb
import pytest

from orchestration.core.entities import ENTITIES
from orchestration.sources.demo.company import generate
from orchestration.sources.demo.config import MADE
from orchestration.sources.demo.until import keep_until

FIRST, END = "timestamp '2023-12-31 21:00:00'", "timestamp '2026-06-30 21:00:00'"
TABLES = [ENTITIES[name] for name in MADE]
COLUMNS = [(entity, column) for entity in TABLES for column in entity.columns]
# Dates of what is expected or was agreed before: they may lie outside the 30 months.
UNDATED = {"expected_close_on", "hired_on", "left_on", "due_at"}
# What is known ahead of its days; `updated_at` says since when.
AHEAD = {"first_on", "last_on", "starts_on", "ends_on"}
# A call belongs to the day it starts on; the calls and the spend of a day come in the morning.
AT_NIGHT = {("calls", name) for name in ("answered_at", "ended_at", "updated_at")}
AT_NIGHT |= {("ad_stats", "updated_at")}
# What the made-up systems do not record.
NEVER_FILLED = {
    ("users", "updated_at"),
    ("stages", "updated_at"),
    ("stage_events", "lead_id"),
    ("stage_events", "updated_at"),
    ("contacts", "updated_at"),
    ("merges", "updated_at"),
    ("calls", "user_email"),
    ("touchpoints", "utm_content"),
    ("touchpoints", "utm_term"),
    ("touchpoints", "updated_at"),
    ("payments", "updated_at"),
    ("plans", "updated_at"),
    ("fx_rates", "updated_at"),
    ("messages", "updated_at"),
    ("fees", "updated_at"),
    ("stock", "updated_at"),
}
# Of these some rows come once more, in a later version.
RESTATED = ("ad_stats", "orders")


def company(seed: int, scale: float, threads: int = 2) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": threads})
    generate(connection, seed, scale)
    return connection


def fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What each table holds, row by row in its order."""
    rows = "select md5(string_agg(cast(t as varchar), chr(10) order by rowid)) from {} as t"
    return {name: one(connection, rows.format(name)) for name in MADE}


@pytest.fixture(scope="module")
def demo():
    return company(7, 1)


@pytest.fixture(scope="module")
def at_the_end_of(demo):
    """The company at the end of its last day, and at the end of an earlier one."""
    earlier = company(7, 0.3)
    keep_until(earlier, date(2025, 5, 2))
    return {END: demo, "timestamp '2025-05-02 21:00:00'": earlier}


ENDS = [END, "timestamp '2025-05-02 21:00:00'"]


def one(connection, query: str):
    return connection.execute(query).fetchone()[0]


def test_one_seed_gives_the_same_bytes_with_any_number_of_threads(demo):
    assert fingerprints(company(7, 1, threads=1)) == fingerprints(demo)


def test_another_process_writes_the_same_tables(tmp_path):
    command = [sys.executable, "-m", "orchestration.sources.demo", "--scale", "0.05"]
    subprocess.run(
        [*command, "--out", tmp_path], check=True, env=os.environ | {"PYTHONHASHSEED": "1"}
    )
    written = duckdb.connect()
    for name in MADE:
        written.read_parquet(str(tmp_path / f"{name}.parquet")).create(name)
    assert fingerprints(written) == fingerprints(company(7, 0.05))
    assert (tmp_path / "truths.json").stat().st_size > 0


def test_another_seed_gives_another_company():
    one_seed, another = fingerprints(company(7, 0.05)), fingerprints(company(8, 0.05))
    same = {name for name in MADE if one_seed[name] == another[name]}
    assert same == {"users", "stages", "products"}


@pytest.mark.parametrize("scale", [0.1, 1])
def test_the_size_follows_the_scale(demo, scale):
    connection = demo if scale == 1 else company(7, scale)
    for entity, at_one in {"leads": 20_000, "deals": 6_000, "calls": 60_000}.items():
        rows = one(connection, f"select count(*) from {entity}")
        assert rows == pytest.approx(at_one * scale, rel=0.06), entity


def test_even_a_tiny_company_has_every_table():
    tiny = company(7, 0.01)
    assert all(one(tiny, f"select count(*) from {name}") for name in MADE)


@pytest.mark.parametrize("entity", TABLES, ids=lambda entity: entity.name)
def test_the_columns_are_those_of_the_contract(demo, entity):
    described = demo.execute(f"describe {entity.name}").fetchall()
    expected = [(c.name, c.sql_type.upper().replace(" ", "")) for c in entity.columns]
    assert [(name, type_.replace(" ", "")) for name, type_, *_ in described] == expected


@pytest.mark.parametrize("entity", TABLES, ids=lambda entity: entity.name)
def test_a_key_is_unique_and_a_restated_one_has_a_newest_version(demo, entity):
    key = ", ".join(entity.key)
    rows, keys, versions = demo.execute(
        f"""
        select count(*), count(distinct ({key})), count(distinct ({key}, updated_at))
        from {entity.name}
        """
    ).fetchone()
    assert versions == rows if entity.name in RESTATED else keys == rows
    if entity.name in RESTATED:
        assert 400 < rows - keys < rows / 10


def test_columns_are_filled_and_hold_only_what_they_may(demo):
    for entity, column in COLUMNS:
        rows, filled = demo.execute(
            f"select count(*), count({column.name}) from {entity.name}"
        ).fetchone()
        assert filled == rows or not column.required, f"{entity.name}.{column.name}"
        assert (filled == 0) == ((entity.name, column.name) in NEVER_FILLED), column.name
        if column.allowed:
            values = demo.execute(f"select distinct {column.name} from {entity.name}").fetchall()
            assert {value for (value,) in values} - {None} <= set(column.allowed), column.name


@pytest.mark.parametrize("end", ENDS)
def test_nothing_happens_outside_the_thirty_months(at_the_end_of, end):
    for entity, column in COLUMNS:
        if column.type not in ("timestamp", "date") or column.name in UNDATED | AHEAD:
            continue
        if entity.name == "plans" and end != END:  # made for days to come
            continue
        night = 6 if end != END and (entity.name, column.name) in AT_NIGHT else 0
        outside = f"{column.name} < {FIRST} or {column.name} >= {end} + interval {night} hour"
        count = f"select count(*) from {entity.name} where {outside}"
        assert one(at_the_end_of[end], count) == 0, (entity.name, column.name)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("child", "column", "parent", "target"),
    [
        ("leads", "deal_id", "deals", "deal_id"),
        ("leads", "owner_id", "users", "user_id"),
        ("leads", "contact_id", "contacts", "contact_id"),
        ("deals", "lead_id", "leads", "lead_id"),
        ("deals", "owner_id", "users", "user_id"),
        ("deals", "contact_id", "contacts", "contact_id"),
        ("deals", "pipeline_id || stage_id", "stages", "pipeline_id || stage_id"),
        ("stage_events", "deal_id", "deals", "deal_id"),
        ("stage_events", "from_stage_id", "stages", "stage_id"),
        ("stage_events", "to_stage_id", "stages", "stage_id"),
        ("stage_events", "changed_by", "users", "user_id"),
        ("calls", "user_id", "users", "user_id"),
        ("calls", "phone_ext", "users", "phone_ext"),
        ("calls", "lead_id", "leads", "lead_id"),
        ("calls", "deal_id", "deals", "deal_id"),
        ("touchpoints", "lead_id", "leads", "lead_id"),
        ("touchpoints", "contact_id", "contacts", "contact_id"),
        ("touchpoints", "campaign_id", "ad_stats", "campaign_id"),
        ("payments", "deal_id", "deals", "deal_id"),
        *(
            (name, f"{target}_id", f"{target}s", f"{target}_id")
            for name in ("messages", "tasks")
            for target in ("user", "contact", "lead", "deal")
        ),
        *(
            ("orders", f"{name}_id", f"{name}s", f"{name}_id")
            for name in ("contact", "lead", "deal")
        ),
        ("order_lines", "order_id", "orders", "order_id"),
        ("fees", "order_id", "orders", "order_id"),
        ("stock", "product_id", "products", "product_id"),
        ("absences", "user_id", "users", "user_id"),
        ("external_events", "city", "contacts", "city"),
    ],
)
def test_every_reference_exists(at_the_end_of, end, child, column, parent, target):
    missing = f"{column} is not null and {column} not in (select {target} from {parent})"
    assert one(at_the_end_of[end], f"select count(*) from {child} where {missing}") == 0


@pytest.mark.parametrize("end", ENDS)
def test_records_agree_with_each_other(at_the_end_of, end):
    contradictions = {
        "a deal's status is its stage's": """
            from deals join stages using (pipeline_id, stage_id)
            where status <> if(semantics = 'post_won', 'won', semantics)""",
        "a deal is closed or has no closing time": """
            from deals where (status = 'open') <> (closed_at is null) or closed_at < created_at""",
        "lead and deal name each other": """
            from leads join deals using (deal_id) where deals.lead_id <> leads.lead_id""",
        "a call's times are in order": """
            from calls where answered_at < started_at or ended_at < answered_at
            or updated_at < ended_at""",
        "an answered call has talk": """
            from calls where (coalesce(result, 'answered') = 'answered') <> (talk_seconds > 0)""",
        "no manager works before being hired or after leaving": """
            from stage_events join users on changed_by = user_id
            where cast(changed_at + interval 3 hour as date)
            not between hired_on and coalesce(left_on, date '9999-01-01')""",
        "whoever is paid for is won": """
            from payments join deals using (deal_id) where status <> 'won'
            or payments.currency <> deals.currency""",
        "a deal does not go on from where it is not": """
            from (select *, lag(to_stage_id) over (partition by deal_id order by sequence) as was
            from stage_events) where was <> from_stage_id""",
        "rates come on working days": "from fx_rates where isodow(date) > 5",
        "nobody is away before the hire or after the leave": """
            from absences join users using (user_id)
            where first_on < hired_on or last_on > left_on""",
        "absences of one user are apart": """
            from (select *, lag(last_on) over (partition by user_id order by first_on) as before
            from absences) where first_on <= before or last_on < first_on""",
        "a task is done after it was set": "from tasks where completed_at < created_at",
        "a task is about one thing": """
            from tasks where lead_id is not null and deal_id is not null""",
        "a message is about somebody": """
            from messages where contact_id is null and lead_id is null and deal_id is null
            and phone is null and email is null and channel <> 'chat'""",
        "a robot has no user": "from messages where is_automatic and user_id is not null",
        "an event is expected until it begins": f"""
            from external_events where expected <> (starts_on >= {end} + interval 3 hour)
            or ends_on < starts_on""",
        "what lies ahead is known": f"""
            from external_events where updated_at >= {end}
            or (starts_on < {end} and updated_at >= starts_on + interval 12 hour)""",
        "an order's last time is that of its status": """
            from orders where status_changed_at <> case status when 'new' then created_at
                when 'paid' then paid_at when 'delivered' then delivered_at
                when 'cancelled' then cancelled_at else status_changed_at end
            or status_changed_at < greatest(created_at, paid_at, delivered_at, cancelled_at)
            or updated_at <> status_changed_at""",
        "an order has the times of its status and of those before": """
            from orders where (delivered_at is null) <> (status not in ('delivered', 'returned'))
            or (cancelled_at is null) <> (status <> 'cancelled')
            or (paid_at is null and status in ('paid', 'shipped', 'delivered', 'returned'))
            or (paid_at is not null and status = 'new')""",
        "what came back was there": """
            from order_lines where returned_quantity not between 0 and quantity or quantity <= 0""",
        "nothing comes back of an order that was not delivered": """
            from order_lines join orders using (order_id) where returned_quantity > 0
            and status not in ('delivered', 'returned')
            and (order_id, orders.updated_at) in (
                select order_id, max(updated_at) from orders group by order_id)""",
        "a fee comes after its order": """
            from fees join orders using (order_id)
            where fees.date < cast(created_at + interval 3 hour as date)""",
        "what is reserved is there": """
            from stock where reserved not between 0 and quantity or in_transit < 0""",
        "spam makes no deal": "from leads where junk_reason = 'spam' and deal_id is not null",
    }
    connection = at_the_end_of[end]
    found = {
        rule: one(connection, f"select count(*) {query}") for rule, query in contradictions.items()
    }
    assert found == dict.fromkeys(contradictions, 0)


def test_payments_in_parts_add_up_to_the_deal(demo):
    wrong = one(
        demo,
        """
        select count(*) from (
            select deal_id, sum(payments.amount) as paid, any_value(deals.amount) as amount
            from payments join deals using (deal_id) where not is_refund group by deal_id
        ) where paid > amount
        """,
    )
    assert wrong == 0


def test_the_demo_has_the_irregular_data_that_it_should_have(demo):
    """Each oddity a model has to cope with is there, and is an oddity."""
    chain = "select survivor_id from merges where entity = 'contacts'"
    oddities = {
        "chained merge": f"from merges where entity = 'contacts' and loser_id in ({chain})",
        "merged deal": "from merges where entity = 'deals'",
        "merged lead": "from merges where entity = 'leads'",
        "deleted deal": "from deals where is_deleted",
        "test deal": "from deals where is_test",
        "test lead": "from leads where is_test",
        "spam": "from leads where junk_reason = 'spam'",
        "zero amount win": "from deals where status = 'won' and amount = 0",
        "deal without contact": "from deals where contact_id is null",
        "dollar deal": "from deals where currency = 'USD'",
        "delivered": "from deals where stage_id = 'b2b_delivered'",
        "deleted stage": "from stage_events where to_stage_id = 'b2c_showroom'",
        "move to the other pipeline": "from stage_events where pipeline_id is not null",
        "reopened": """from stage_events join stages on stage_id = from_stage_id
            where semantics in ('won', 'lost') and to_stage_id <> 'b2b_delivered'""",
        "moved back": """from stage_events e join stages f on f.stage_id = from_stage_id
            join stages t on t.stage_id = to_stage_id where t.stage_order < f.stage_order
            and f.semantics = 'open' and t.semantics = 'open' and e.pipeline_id is null""",
        "skipped": """from stage_events e join stages f on f.stage_id = from_stage_id
            join stages t on t.stage_id = to_stage_id where t.stage_order > f.stage_order + 1
            and t.semantics = 'open' and e.pipeline_id is null""",
        "same stage": "from stage_events where from_stage_id = to_stage_id",
        "tie": """from (select 1 from stage_events group by deal_id, changed_at
            having count(*) > 1)""",
        "history without its tail": """from (select deal_id, max_by(to_stage_id, sequence) as tail
            from stage_events group by deal_id) join deals using (deal_id)
            where tail <> stage_id""",
        "call in two legs": "from calls where leg_no = 2",
        "call by extension": "from calls where user_id is null and phone_ext is not null",
        "late call": "from calls where updated_at > started_at + interval 1 day",
        "part payment": "from (select 1 from payments group by deal_id having count(*) > 1)",
        "refund": "from payments where is_refund",
        "second version of a plan": "from plans where version = 2 and set_at > period_start",
        "lead without a channel": """from leads where channel is null and utm_source is null
            and client_id is null and source_type <> 'call'""",
        "channel unknown": "from leads where channel = 'unknown'",
        "unknown campaign": "from leads where utm_campaign = 'spring_sale'",
        "overdue task": "from tasks where completed_at > due_at",
        "task never done": """from tasks join deals using (deal_id)
            where completed_at is null and status <> 'open'""",
        "deleted task": "from tasks where is_deleted",
        "open deal without a next task": """from deals where status = 'open' and deal_id not in
            (select deal_id from tasks where deal_id is not null and completed_at is null)""",
        "message without an answer": """from (select arg_max(direction, sent_at) as tail
            from messages where not is_automatic group by thread_id) where tail = 'in'""",
        "automatic message": "from messages where is_automatic",
        "internal message": "from messages where direction = 'internal'",
        "message by address only": """from messages where contact_id is null and lead_id is null
            and deal_id is null and coalesce(phone, email) is not null""",
        "vacation ahead": "from absences where first_on > date '2026-06-30'",
        "sick leave": "from absences where kind = 'sick_leave'",
        "event ahead": "from external_events where expected",
        "order delivered twice": """from (select 1 from orders group by order_id
            having count(*) = 2 and min(status) <> max(status))""",
        "order without lines": """from orders
            where order_id not in (select order_id from order_lines)""",
        "order in two parcels": """from (select 1 from fees where kind = 'logistics'
            group by order_id, product_id having count(*) = 2)""",
        "order in dollars": "from orders where currency = 'USD'",
        "order that came back in part": """from order_lines join orders using (order_id)
            where status = 'delivered' and returned_quantity > 0""",
        "line of no product": """from order_lines
            where product_id not in (select product_id from products)""",
        "fee of an order that it does not name": """from fees
            where order_id is null and kind = 'logistics'""",
        "fee given back": "from fees where kind = 'commission' and amount < 0",
        "e-mail in capitals": "from leads where email = upper(email)",
        "phone with 8": "from leads where phone like '8%'",
    }
    found = {oddity: one(demo, f"select count(*) {query}") for oddity, query in oddities.items()}
    assert min(found.values()) >= 5, {name: n for name, n in found.items() if n < 5}
    tails = found["history without its tail"] / one(demo, "select count(*) from deals")
    assert tails < 0.03


@pytest.mark.parametrize(
    "done",
    [
        "select user_id, started_at as done_at from calls where direction = 'out'",
        "select owner_id, closed_at from deals where status <> 'open'",
    ],
)
def test_a_manager_who_is_away_calls_and_closes_little(demo, done):
    away, there = demo.execute(
        f"""
        with days as (
            select user_id, unnest(generate_series(
                greatest(hired_on, date '2024-03-01'), coalesce(left_on, date '2026-05-31'),
                interval 1 day))::date as date
            from users where role = 'manager' and user_id in (select owner_id from deals)
        ),
        done(user_id, done_at) as ({done}),
        counts as (
            select user_id, (done_at + interval 3 hour)::date as date, count(*) as count
            from done group by all
        ),
        daily as (
            select coalesce(count, 0) as count, exists (
                from absences where absences.user_id = days.user_id
                and date between first_on and last_on) as is_away
            from days left join counts using (user_id, date)
        )
        select avg(count) filter (is_away), avg(count) filter (not is_away) from daily
        """
    ).fetchone()
    assert 0 < away < 0.3 * there


def test_what_is_planned_ahead_is_seen_from_an_earlier_day(at_the_end_of):
    """A vacation and an event of days to come, a task not done yet."""
    earlier = at_the_end_of[ENDS[1]]
    ahead = {
        "absences": "first_on > date '2025-05-02' and kind = 'vacation'",
        "external_events": "starts_on > date '2025-05-02' and kind = 'road'",
        "tasks": "due_at > timestamp '2025-05-02 21:00:00' and completed_at is null",
    }
    for name, condition in ahead.items():
        assert one(earlier, f"select count(*) from {name} where {condition}") > 0, name
    late = "kind = 'sick_leave' and first_on > date '2025-05-02'"
    assert one(earlier, f"select count(*) from absences where {late}") == 0
