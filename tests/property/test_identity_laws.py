"""Laws of identity that hold for any contacts, leads, deals and merges."""

import random
from collections import defaultdict
from itertools import pairwise
from operator import itemgetter

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.profiles import costly
from kits.united import unite
from orchestration.core.entities import ENTITIES
from orchestration.core.warehouse import create_ledger
from orchestration.sources.identity import normalise_identifiers

READ = ("contacts", "leads", "deals", "merges", "calls", "touchpoints")
MAX_PEOPLE = 3
RULES = ("crm_merge", "contact_id", "company_id", "deal_lead", "phone", "email", "messenger")
Rows = dict[str, list[dict]]
Customers = dict[tuple[str, str], str]

# Few values, so that most records meet; the contact of a record may never have been delivered.
phones = st.sampled_from([None, None, *(f"8 999 000-00-0{n}" for n in range(6))])
emails = st.sampled_from([None, None, *(f"{n}@example.org" for n in range(6))])
cards = st.sampled_from([None, None, *(f"k{n}" for n in range(9))])
numbers = st.integers(0, 8)
times = st.sampled_from([f"2026-01-0{day}" for day in range(1, 9)])
companies = {
    "contacts": st.fixed_dictionaries(
        {"contact_id": cards.filter(bool), "phones": phones, "emails": emails, "created_at": times}
    ),
    "leads": st.fixed_dictionaries(
        {"lead_id": numbers, "contact_id": cards, "phone": phones, "email": emails}
        | {"created_at": times}
    ),
    "deals": st.fixed_dictionaries(
        {"deal_id": numbers, "contact_id": cards, "lead_id": st.none() | numbers}
        | {"created_at": times}
    ),
    "merges": st.fixed_dictionaries(
        {"entity": st.just("contacts"), "loser_id": cards.filter(bool)}
        | {"survivor_id": cards.filter(bool)}
    ),
}
KEYS = {"contacts": "contact_id", "leads": "lead_id", "deals": "deal_id", "merges": "loser_id"}


@st.composite
def drawn(draw) -> Rows:
    """Rows of each entity, no two with one key."""
    return {
        name: [
            {
                key: f"{name[0]}{cell}" if isinstance(cell, int) else cell
                for key, cell in row.items()
            }
            | ({"lead_id": f"l{row['lead_id']}"} if isinstance(row.get("lead_id"), int) else {})
            for row in draw(st.lists(rows, max_size=9, unique_by=itemgetter(KEYS[name])))
        ]
        for name, rows in companies.items()
    }


@pytest.fixture(scope="module")
def identify(compile_models):
    """A function: the customer and the rule of every record of these rows."""
    compiled = compile_models("int_customers__identified", given=(), identity_max_people=MAX_PEOPLE)
    with duckdb.connect(config={"threads": 1}) as connection:
        create_ledger(connection)
        connection.execute("insert into ledger.customer_key values ('key')")
        connection.execute("create schema staging; create schema intermediate")
        unite(connection, {})
        for name in READ:
            columns = ", ".join(f"{c.name} {c.sql_type}" for c in ENTITIES[name].columns)
            connection.execute(
                f"drop view landing.{name}; create table landing.{name} (source varchar, {columns})"
            )

        def identify(rows: Rows) -> dict[tuple[str, str], tuple[str, str | None]]:
            for name in READ:
                connection.execute(f"delete from landing.{name}")
                if rows.get(name):
                    columns = sorted({column for row in rows[name] for column in row})
                    batch = pa.table({c: [row.get(c) for row in rows[name]] for c in columns})
                    connection.register("batch", batch)
                    connection.execute(f"insert into landing.{name} by name from batch")
                    connection.unregister("batch")
            normalise_identifiers(connection, "RU")
            for name, sql in compiled:
                connection.execute(f"create or replace table {name} as {sql}")
            found = connection.execute(
                "select record_type, record_id, customer_id, joined_by"
                " from intermediate.int_customers__identified"
            ).fetchall()
            named = {(kind, key): (customer, rule) for kind, key, customer, rule in found}
            assert len(named) == len(found), "a record has one customer"
            return named

        yield identify


def groups(customers: dict[tuple[str, str], tuple[str, str | None]]) -> set[frozenset]:
    members = defaultdict(set)
    for record, (customer, _) in customers.items():
        members[customer].add(record)
    return set(map(frozenset, members.values()))


LAWS = costly(15)


@LAWS
@given(rows=drawn(), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(identify, rows: Rows, seed: random.Random):
    shuffled = {name: seed.sample(part, len(part)) for name, part in rows.items()}
    assert identify(shuffled) == identify(rows)


@LAWS
@given(rows=drawn())
def test_two_customers_that_are_merged_can_be_parted_again(identify, rows: Rows):
    start = identify(rows)
    firsts = {}
    for record, (customer, _) in sorted(start.items()):
        if record[0] == "lead":
            firsts.setdefault(customer, record[1])
    two = sorted(firsts)[:2]
    # A messenger name, since no guard counts it: a fourth e-mail could make a number a crowd's.
    joined = {firsts[customer] for customer in two}
    added = [
        lead | ({"messenger": "@New"} if lead["lead_id"] in joined else {})
        for lead in rows["leads"]
    ]
    merged = identify(rows | {"leads": added})
    for record, (customer, _) in start.items():
        if customer in two:
            assert {merged[record][0]} <= set(two), "an id of the two is kept"
        else:
            assert merged[record][0] == customer, "nobody else is touched"
    assert len({merged[record][0] for record in start if start[record][0] in two}) <= 1
    assert identify(rows) == start


@LAWS
@given(rows=drawn())
def test_every_join_has_a_rule_and_every_customer_a_first_record(identify, rows: Rows):
    customers = identify(rows)
    for members in groups(customers):
        rules = [customers[record][1] for record in members]
        assert rules.count(None) <= 1
        assert set(rules) <= {None, *RULES}
        if len(members) == 1:
            assert rules[0] in (None, "contact_id", "company_id", "crm_merge")


@LAWS
@given(people=st.integers(2, 6), same=st.sampled_from(["phones", "emails", "messengers"]))
def test_identifiers_of_too_many_people_join_no_clients(identify, people: int, same: str):
    value = "89990000001" if same == "phones" else "all@example.org"
    contacts = [{"contact_id": f"k{n}", same: value} for n in range(people)]
    found = groups(identify({"contacts": contacts}))
    assert len(found) == (1 if people <= MAX_PEOPLE else people)


@LAWS
@given(order=st.permutations(range(12)))
def test_a_chain_of_any_order_is_one_customer(identify, order: list[int]):
    """Each lead shares its number with the one before and its e-mail with the one after."""
    leads = [{"lead_id": f"l{n}", "created_at": "2026-01-01"} for n in order]
    for number, (one, other) in enumerate(pairwise(leads)):
        if number % 2:
            one["phone"] = other["phone"] = f"+7999000{number:04}"
        else:
            one["email"] = other["email"] = f"{number}@example.org"
    (only,) = groups(identify({"leads": leads}))
    assert len(only) == 12
    broken = [lead | {"phone": None} if lead is leads[5] else lead for lead in leads]
    assert len(groups(identify({"leads": broken}))) == 2
