"""The star on the demo company: every rule counted a second time, record by record."""

import re
from collections import Counter, defaultdict

import pytest

from kits.recounts import star as recount
from kits.recounts.customers import customers as recount_customers
from kits.recounts.orders import Made, made
from kits.recounts.star import AS_OF, Row, business_day


def _rows(warehouse, query: str) -> list[Row]:
    relation = warehouse.sql(query)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


@pytest.fixture(scope="module")
def merges(warehouse) -> list[Row]:
    return _rows(warehouse, "from landing.merges")


@pytest.fixture(scope="module")
def crm_deals(warehouse, merges) -> dict[str, Row]:
    """The landed deals that count: neither deleted nor merged away."""
    losers = recount.survivors(merges, "deals")
    return {
        row["deal_id"]: row
        for row in _rows(warehouse, "from landing.deals")
        if row["deal_id"] not in losers and not row["is_deleted"]
    }


@pytest.fixture(scope="module")
def crm_leads(warehouse, merges) -> dict[str, Row]:
    losers = recount.survivors(merges, "leads")
    rows = _rows(warehouse, "from landing.leads")
    return {row["lead_id"]: row for row in rows if row["lead_id"] not in losers}


@pytest.fixture(scope="module")
def orders(landed, crm_leads, crm_deals) -> Made:
    return made(landed, crm_leads, crm_deals)


@pytest.fixture(scope="module")
def deals(crm_deals, orders) -> dict[str, Row]:
    return crm_deals | orders.deals


@pytest.fixture(scope="module")
def leads(crm_leads, orders) -> dict[str, Row]:
    return crm_leads | orders.leads


def test_each_order_is_the_lead_and_the_deal_that_the_crm_has_of_it(warehouse, orders):
    links = {
        row["order_id"]: (row["lead_id"], row["deal_id"])
        for row in _rows(warehouse, "from marts.fct_order")
    }
    assert links == orders.links
    unnamed = warehouse.sql(
        "select count(*) from landing.orders inner join marts.fct_order as ordered"
        " using (source, order_id) where orders.lead_id is null and orders.deal_id is null"
        " and not ordered.is_deal_made"
    ).fetchone()
    assert unnamed[0] > 20, "orders that only the client and the minute tell"


@pytest.fixture(scope="module")
def journeys(warehouse, merges, deals, orders) -> dict[str, recount.Journey]:
    losers = recount.survivors(merges, "deals")
    events = [
        row | {"deal_id": losers.get(row["deal_id"], row["deal_id"])}
        for row in _rows(warehouse, "from landing.stage_events where deal_id is not null")
    ]
    stages = _rows(warehouse, "from landing.stages") + orders.stages
    return recount.journeys(deals, stages, events + orders.events)


@pytest.fixture(scope="module")
def sessions(warehouse) -> dict[str, Row]:
    calls = _rows(warehouse, "from landing.calls")
    return recount.sessions(calls, _rows(warehouse, "from landing.users"))


@pytest.fixture(scope="module")
def fct_deal(warehouse) -> dict[str, Row]:
    return {row["deal_id"]: row for row in _rows(warehouse, "from marts.fct_deal")}


@pytest.fixture(scope="module")
def fct_lead(warehouse) -> dict[str, Row]:
    return {row["lead_id"]: row for row in _rows(warehouse, "from marts.fct_lead")}


def test_deals_are_the_survivors_with_their_own_state(deals, fct_deal):
    assert fct_deal.keys() == deals.keys()
    for deal_id, deal in deals.items():
        fact = fct_deal[deal_id]
        for column in ("status", "stage_id", "pipeline_id", "created_at", "amount", "is_test"):
            assert fact[column] == deal[column], (deal_id, column)
        assert fact["final_closed_at"] == (deal["closed_at"] if fact["status"] != "open" else None)
        assert fact["won_at"] == (deal["closed_at"] if fact["status"] == "won" else None)


def test_money_is_counted_at_the_rate_of_its_day(warehouse, deals, fct_deal):
    rates = {
        (row["currency"], row["date"]): row["rate_to_base"]
        for row in _rows(warehouse, "from landing.fx_rates")
    }
    foreign = 0
    for deal_id, deal in deals.items():
        day = AS_OF if deal["status"] == "open" else business_day(deal["closed_at"])
        assert fct_deal[deal_id]["amount_base"] == recount.in_base(rates, deal, day), deal_id
        foreign += deal["currency"] != "RUB"
    assert foreign > 100


def test_visits_are_those_walked_step_by_step(warehouse, journeys):
    visits = defaultdict(list)
    for row in _rows(warehouse, "from marts.fct_deal_stage_visit order by deal_id, visit_no"):
        visits[row["deal_id"]].append(row)
    assert visits.keys() == journeys.keys()
    for deal_id, journey in journeys.items():
        walked = [
            (visit.pipeline_id, visit.stage_id, visit.entered_at, visit.left_at)
            for visit in journey.visits
        ]
        modelled = [
            (row["pipeline_id"], row["stage_id"], row["entered_at"], row["exited_at"])
            for row in visits[deal_id]
        ]
        assert modelled == walked, deal_id


def test_reopened_deals_keep_their_first_and_last_close(journeys, deals, fct_deal):
    reopened = turned = 0
    for deal_id, journey in journeys.items():
        fact = fct_deal[deal_id]
        assert fact["reopen_count"] == journey.reopened, deal_id
        reopened += bool(journey.reopened)
        # A deal that went straight from won to lost was not open again, but closed twice.
        turned += journey.left > 0 and not journey.reopened
        first = journey.closed_at[0] if journey.left else fact["final_closed_at"]
        assert fact["first_closed_at"] == first, deal_id
    assert reopened > 20
    assert turned > 20


@pytest.fixture(scope="module")
def landed(warehouse) -> dict[str, list[Row]]:
    """The landed rows that say who is who."""
    records = ("contacts", "leads", "deals", "merges", "orders", "order_lines")
    talks = ("calls", "messages", "touchpoints")
    return {name: _rows(warehouse, f"from landing.{name}") for name in (*records, *talks)}


@pytest.fixture(scope="module")
def tables(landed, orders) -> dict[str, list[Row]]:
    """The same, orders among the leads, deals, touches and messages that they are or stand for."""
    return landed | {
        "leads": landed["leads"] + [*orders.leads.values()],
        "deals": landed["deals"] + [*orders.deals.values()],
        "touchpoints": landed["touchpoints"] + orders.touches,
        "messages": landed["messages"] + orders.messages,
    }


@pytest.fixture(scope="module")
def customers(tables, hash_key) -> dict[tuple[str, str], str]:
    return recount_customers(tables, hash_key)


def test_a_customer_is_all_that_hangs_together(customers, fct_deal, fct_lead):
    assert {("deal", key): fact["customer_id"] for key, fact in fct_deal.items()} == {
        record: found
        for record, found in customers.items()
        if record[0] == "deal" and record[1] in fct_deal
    }
    assert {("lead", key): fact["customer_id"] for key, fact in fct_lead.items()} == {
        record: found
        for record, found in customers.items()
        if record[0] == "lead" and record[1] in fct_lead
    }


def test_every_card_and_lead_of_a_person_is_found(warehouse, customers):
    """The demo gives each person one number, however it is spelt: as many customers as numbers."""
    pairs = set()
    for row in _rows(warehouse, "from landing.contacts"):
        number = re.sub(r"\D", "", row["phones"].split(";")[0])[-10:]
        pairs.add((number, customers["contact", row["contact_id"]]))
    for row in _rows(warehouse, "from landing.leads where phone is not null"):
        number = re.sub(r"\D", "", row["phone"])[-10:]
        pairs.add((number, customers["lead", row["lead_id"]]))
    numbers, found = zip(*pairs, strict=True)
    assert len(set(numbers)) == len(set(found)) == len(pairs) > 10_000
    unmerged = warehouse.sql(
        "select count(*) from intermediate.int_customers__identified"
        " where record_type = 'contact' and joined_by in ('phone', 'email', 'messenger')"
    ).fetchone()
    assert unmerged[0] > 100, "cards that the CRM itself keeps apart"


def test_a_caller_is_the_customer_with_the_number(warehouse, sessions, customers):
    """Two callers are one customer where, and only where, the CRM or the number says so."""
    calls = _rows(warehouse, "select call_id, customer_id from marts.fct_call")
    known = set(customers.values())
    strangers = [row for row in calls if row["customer_id"] not in known]
    assert all(row["customer_id"] for row in calls)
    assert 1_000 < len(strangers) < len(calls) / 2
    phones = {
        row["session_id"] or row["call_id"]: re.sub(r"\D", "", row["client_phone"])[-10:]
        for row in _rows(warehouse, "from landing.calls where client_phone is not null")
    }
    pairs = {(phones[row["call_id"]], row["customer_id"]) for row in strangers}
    assert len(pairs) == len({phone for phone, _ in pairs}) == len({c for _, c in pairs})


def test_a_customer_is_new_until_a_deal_is_won(fct_deal):
    wins = defaultdict(list)
    for fact in fct_deal.values():
        if fact["won_at"] and not fact["is_test"]:
            wins[fact["customer_id"]].append(fact["won_at"])
    returning = 0
    for fact in fct_deal.values():
        bought_before = any(won < fact["created_at"] for won in wins[fact["customer_id"]])
        assert fact["is_new_customer"] is not bought_before, fact["deal_id"]
        returning += bought_before
    assert 0 < returning < len(fct_deal)


def test_paid_deals_are_those_whose_payments_reach_the_amount(warehouse, deals, fct_deal):
    paid, balance = {}, defaultdict(int)
    for row in _rows(warehouse, "from landing.payments order by paid_at, payment_id"):
        deal = deals.get(row["deal_id"])
        if deal is None or row["currency"] != deal["currency"]:
            continue
        balance[row["deal_id"]] += -row["amount"] if row["is_refund"] else row["amount"]
        if deal["amount"] and balance[row["deal_id"]] >= deal["amount"]:
            paid.setdefault(row["deal_id"], row["paid_at"])
    assert {k: fact["paid_at"] for k, fact in fct_deal.items() if fact["paid_at"]} == paid


def test_sessions_join_their_legs(warehouse, sessions):
    facts = {row["call_id"]: row for row in _rows(warehouse, "from marts.fct_call")}
    assert facts.keys() == sessions.keys()
    compared = ("direction", "status", "talk_seconds", "ring_seconds", "manager_id", "legs")
    for session_id, session in sessions.items():
        fact = facts[session_id]
        assert {k: fact[k] for k in compared} == {k: session[k] for k in compared}, session_id
    assert sum(session["legs"] > 1 for session in sessions.values()) > 500


def test_leads_know_their_first_call(tables, leads, sessions, customers, fct_lead):
    """Or message: the first attempt, and the first contact."""
    book = recount.Book(leads, tables, customers)
    lead_of = {fact["deal_id"]: lead_id for lead_id, fact in fct_lead.items() if fact["deal_id"]}
    talks = recount.talks(sessions.values(), tables, leads, lead_of, book)
    assert fct_lead.keys() == leads.keys()
    ways = Counter()
    for lead_id, fact in fct_lead.items():
        attempt = (fact["first_attempt_at"], fact["attempt_matched_by"])
        contact = (fact["first_contact_at"], fact["contact_matched_by"])
        said = talks[lead_id]
        assert attempt == recount.first_attempt(said), lead_id
        assert contact == recount.first_contact(said), lead_id
        ways[contact[1]] += 1
    assert ways["phone"] > 1000
    assert ways["email"] > 100
    written = {(talk.lead_id, talk.at) for said in talks.values() for talk in said if talk.author}
    by_message = [(key, fact["first_contact_at"]) for key, fact in fct_lead.items()]
    assert len(written.intersection(by_message)) > 1000


def test_every_fact_finds_its_dimensions(warehouse):
    orphans = warehouse.sql(
        """
        select 'customer' as dimension, count(*) as orphans from (
            select customer_id from marts.fct_deal
            union all select customer_id from marts.fct_lead
            union all select customer_id from marts.fct_call where customer_id is not null
        ) as facts anti join marts.dim_customer using (customer_id)
        union all
        select 'manager', count(*) from (
            select owner_id_at_close as manager_id from marts.fct_deal
            union all select owner_id_current from marts.fct_deal
            union all select owner_id from marts.fct_lead
            union all select manager_id from marts.fct_call
            union all select manager_id_last from marts.fct_call
            union all select owner_id from marts.fct_deal_stage_visit
        ) as facts anti join marts.dim_manager using (manager_id)
        union all
        select 'stage', count(*) from (
            select pipeline_id, stage_id from marts.fct_deal
            union all select pipeline_id, stage_id from marts.fct_deal_stage_visit
        ) as facts anti join marts.dim_stage using (pipeline_id, stage_id)
        union all
        select 'deal', count(*) from (
            select deal_id from marts.fct_payment
            union all select deal_id from marts.fct_lead where deal_id is not null
            union all select deal_id from marts.fct_call where deal_id is not null
        ) as facts anti join marts.fct_deal using (deal_id)
        """
    ).fetchall()
    assert orphans == [("customer", 0), ("manager", 0), ("stage", 0), ("deal", 0)]


def test_no_personal_data_reaches_the_star(warehouse):
    columns = warehouse.sql(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where schema_name = 'marts'"
    ).fetchall()
    names = {name for _, name, _ in columns}
    assert not names & {"phone", "email", "messenger", "client_phone", "recording_url", "company"}
    texts = [(table, name) for table, name, kind in columns if kind == "VARCHAR"]
    values = " union all ".join(
        f"select distinct '{table}.{name}' as place, {name} as value from marts.{table}"
        for table, name in texts
    )
    leaks = warehouse.sql(
        f"""
        select place, count(*) from ({values}) as published
        where value in (select value from identity.identifiers)
            or value in (select raw_value from identity.identifiers)
        group by all
        """
    ).fetchall()
    assert leaks == []
