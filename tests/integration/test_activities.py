"""Messages, tasks, absences, external events, orders and goods: from files and a database, bad rows
included; the first four to the star."""

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from kits.files import deliver, loaded, quarantined
from kits.whole_company import AS_OF, Nights, Rows, company_of, nights
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.warehouse import open_warehouse
from orchestration.settings import load_settings
from orchestration.sources.landing import land

# By entity: a good row, a newer version of it, and rows with one bad value each.
GOOD = {
    "messages": {
        **{"message_id": "m1", "thread_id": "t", "sent_at": "2026-03-02 10:00", "direction": "out"},
        **{"channel": "email", "user_id": "u1", "email": "a@example.org", "is_automatic": "false"},
    },
    "tasks": {
        **{"task_id": "j1", "created_at": "2026-03-02 10:00", "due_at": "2026-03-03 18:00"},
        **{"kind": "call", "user_id": "u1", "lead_id": "l1", "is_deleted": "false"},
    },
    "absences": {"user_id": "u1", "first_on": "2026-03-02", "last_on": "2026-03-06"},
    "external_events": {
        **{"event_id": "e1", "starts_on": "2026-03-02", "ends_on": "2026-03-03"},
        **{"kind": "weather", "city": "Tver", "severity": "high", "expected": "true"},
    },
    "products": {"product_id": "g1", "name": "Mug", "cost": "30.5", "currency": "RUB"},
    "orders": {
        **{"order_id": "o1", "shop": "site", "created_at": "2026-03-02 10:00", "status": "new"},
        **{"phone": "8 999 000-00-01", "utm_source": "google", "currency": "RUB"},
    },
    "order_lines": {
        **{"order_id": "o1", "line_no": "1", "product_id": "g1", "quantity": "2"},
        **{"price": "590.00", "list_price": "790.00"},
    },
    "fees": {
        **{"fee_id": "f1", "date": "2026-03-09", "shop": "site", "kind": "commission"},
        **{"amount": "-12.50", "currency": "RUB"},
    },
    "stock": {"date": "2026-03-02", "shop": "site", "product_id": "g1", "quantity": "7"},
}
NEWER = {
    "messages": {"is_automatic": "true"},
    "tasks": {"completed_at": "2026-03-03 12:00"},
    "absences": {"last_on": "2026-03-09"},
    "external_events": {"severity": "low"},
    "products": {"is_active": "false"},
    "orders": {"paid_at": "2026-03-02 12:00"},
    "order_lines": {"returned_quantity": "1"},
    "fees": {"order_id": "o1"},
    "stock": {"reserved": "3"},
}
BAD = {
    "messages": [
        ({"sent_at": ""}, "sent_at", "is required and empty"),
        ({"direction": "sideways"}, "direction", "is none of in, out, internal"),
        ({"channel": "fax"}, "channel", "is none of email, chat, messenger, sms, comment"),
        ({"is_automatic": "perhaps"}, "is_automatic", "is neither true nor false"),
    ],
    "tasks": [
        ({"user_id": ""}, "user_id", "is required and empty"),
        ({"due_at": "soon"}, "due_at", "is not a date and time"),
    ],
    "absences": [
        ({"last_on": ""}, "last_on", "is required and empty"),
        ({"first_on": "monday"}, "first_on", "is not a date"),
    ],
    "external_events": [
        ({"kind": "rain"}, "kind", "is none of weather, road, holiday, promotion, other"),
        ({"severity": "9"}, "severity", "is none of low, medium, high"),
    ],
    "products": [
        ({"name": ""}, "name", "is required and empty"),
        ({"cost": "cheap"}, "cost", "is not a number"),
    ],
    "orders": [
        ({"shop": ""}, "shop", "is required and empty"),
        ({"status": "lost"}, "status", "is none of new, paid, shipped, delivered, cancelled"),
        ({"currency": "rubles"}, "currency", "is not an ISO 4217 currency code"),
    ],
    "order_lines": [
        ({"price": ""}, "price", "is required and empty"),
        ({"quantity": "two"}, "quantity", "is not a number"),
    ],
    "fees": [
        ({"kind": "bribe"}, "kind", "is none of commission, logistics, storage, advertising"),
        ({"date": "soon"}, "date", "is not a date"),
    ],
    "stock": [({"quantity": ""}, "quantity", "is required and empty")],
}
OTHER_KEY = {
    **{"messages": "message_id", "tasks": "task_id", "external_events": "event_id"},
    "absences": "user_id",
    **dict.fromkeys(("products", "stock"), "product_id"),
    **{"orders": "order_id", "order_lines": "order_id", "fees": "fee_id"},
}


def rows_of(entity: str) -> list[dict[str, str]]:
    old = GOOD[entity] | {"updated_at": "2026-03-04 10:00"}
    new = old | NEWER[entity] | {"updated_at": "2026-03-05 10:00"}
    bad = [
        old | {OTHER_KEY[entity]: f"bad{number}"} | changed
        for number, (changed, *_) in enumerate(BAD[entity])
    ]
    return [new, old, *bad]


def mapping(entity: str, place: str) -> str:
    columns = ", ".join(f"{name} = {name!r}" for name in ENTITIES[entity].column_names)
    return f"[sources.crm.entities.{entity}]\n{place}\ncolumns = {{ {columns} }}\n"


@pytest.mark.parametrize("entity", GOOD)
def test_files_deliver_good_rows_and_quarantine_bad_ones(entity: str, tmp_path: Path):
    text = io.StringIO()
    writer = csv.DictWriter(text, ENTITIES[entity].column_names)
    writer.writeheader()
    writer.writerows(rows_of(entity))
    toml = 'time_zone = "Europe/Moscow"\n' + mapping(entity, 'path = "rows.csv"')
    delivery = deliver(tmp_path, toml, rows=text.getvalue())
    changed, value = next(iter(NEWER[entity].items()))
    assert loaded(delivery, entity, f"count(*), count({changed})") == [(1, 1)]
    # Times are local to Moscow.
    wanted = "09:00" if changed in ("completed_at", "paid_at") else value
    assert wanted in loaded(delivery, entity, f"cast({changed} as varchar)")[0][0]
    found = [(column, reason) for *_, column, _, reason in quarantined(delivery)]
    assert len(found) == len(BAD[entity])
    for (column, reason), (_, expected, told) in zip(found, BAD[entity], strict=True):
        assert (column, reason[: len(told)]) == (expected, told)
    (load,) = delivery.loads("crm")
    assert (load.rows_loaded, load.rows_superseded) == (1, 1)


def test_the_later_status_of_an_order_is_loaded_whichever_comes_first(tmp_path: Path):
    rows = [
        "order_id,shop,created_at,status,status_changed_at,currency",
        "o1,site,2026-03-02 10:00,new,2026-03-02 10:00,RUB",
        "o1,site,2026-03-02 10:00,delivered,2026-03-05 10:00,RUB",
        "o1,site,2026-03-02 10:00,paid,2026-03-03 10:00,RUB",
        "o1,site,2026-03-02 10:00,paid,2026-03-03 10:00,RUB",
    ]
    columns = ", ".join(f"{name} = {name!r}" for name in rows[0].split(","))
    toml = 'time_zone = "Europe/Moscow"\n[sources.crm.entities.orders]\n'
    toml += f'path = "rows.csv"\ncolumns = {{ {columns} }}\n'
    delivery = deliver(tmp_path, toml, rows="\n".join(rows))
    assert loaded(delivery, "orders", "status") == [("delivered",)]
    (load,) = delivery.loads("crm")
    assert (load.rows_superseded, load.rows_quarantined) == (3, 0)


def test_the_address_of_a_client_is_masked_in_quarantine(tmp_path: Path):
    text = "message_id,sent_at,direction,channel,email\nm1,never,in,email,a@example.org\n"
    toml = """
    time_zone = "Europe/Moscow"
    [sources.crm.entities.messages]
    path = "rows.csv"
    """
    toml += "columns = { message_id = 'message_id', sent_at = 'sent_at', "
    toml += "direction = 'direction', channel = 'channel', email = 'email' }\n"
    delivery = deliver(tmp_path, toml, rows=text)
    assert quarantined(delivery) and "example.org" not in str(quarantined(delivery))


def test_a_database_delivers_what_files_deliver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "crm.sqlite"
    monkeypatch.setenv("CRM_URL", f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    for entity in GOOD:
        names = ENTITIES[entity].column_names
        connection.execute(f"create table {entity} ({', '.join(names)})")
        connection.executemany(
            f"insert into {entity} values ({', '.join('?' * len(names))})",
            [[row.get(name) or None for name in names] for row in rows_of(entity)],
        )
    connection.commit()
    connection.close()
    config = tmp_path / "voronka.toml"
    config.write_text(
        '[business]\nname = "Shop"\ntime_zone = "Europe/Moscow"\nbase_currency = "RUB"\n'
        '[sources.crm]\ntype = "sql"\nurl_env = "CRM_URL"\ntime_zone = "Europe/Moscow"\n'
        + "".join(mapping(entity, f'table = "{entity}"') for entity in GOOD)
    )
    home = Home(tmp_path / "home")
    home.prepare()
    source = load_settings(config).sources["crm"]
    loads = land("crm", source, home, DuckDbLimits(), tmp_path, AS_OF)
    assert {
        load.entity: (load.rows_loaded, load.rows_superseded, load.rows_quarantined)
        for load in loads
    } == {entity: (1, 1, len(bad)) for entity, bad in BAD.items()}
    with open_warehouse(home, DuckDbLimits()) as warehouse:
        for entity, bad in BAD.items():
            found = warehouse.execute(
                "select column_name, reason from ledger.quarantine where entity = ?"
                " order by row_number",
                [entity],
            ).fetchall()
            for (column, reason), (_, expected, told) in zip(found, bad, strict=True):
                assert (column, reason[: len(told)]) == (expected, told)


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    wanted = ("fct_lead", "fct_message", "fct_task", "fct_external_event", "dim_manager")
    left_out = ("staging.vendors", "staging.entities")
    models = compile_models(
        *(f"+{name}" for name in (*wanted, "int_people__absences")),
        "--exclude",
        *left_out,
        as_of=f"{AS_OF}",
    )
    with nights(models, tmp_path_factory.mktemp("activities")) as home:
        yield home


def company(**rows: list[dict[str, str]]) -> Rows:
    """A company with two leads and one deal, and what is given."""
    leads = [
        {"lead_id": "l1", "created_at": "2026-03-02 10:00", "phone": "+79990000001"},
        {"lead_id": "l2", "created_at": "2026-03-02 10:00", "email": "B@example.org"},
    ]
    deals = [{"deal_id": "d1", "created_at": "2026-03-02 11:00", "lead_id": "l1"}]
    return company_of(leads=leads, deals=deals) | rows


def test_a_company_without_them_gets_empty_tables(home: Nights):
    home.land(company())
    home.published()
    for table in ("fct_message", "fct_task", "fct_external_event"):
        assert home.ask(f"from marts.{table}") == []
    assert home.ask("from intermediate.int_people__absences") == []


def test_messages_reach_the_star_and_their_leads(home: Nights):
    message = {"channel": "messenger", "user_id": "u7", "thread_id": "79990000001@chat"}
    home.land(
        company(
            messages=[
                # A robot greets, the manager writes to the number, the client answers.
                message
                | {"message_id": "m1", "sent_at": "2026-03-02 10:01", "direction": "out"}
                | {"lead_id": "l1", "is_automatic": "true"},
                message
                | {"message_id": "m2", "sent_at": "2026-03-02 10:05", "direction": "out"}
                | {"phone": "8 999 000-00-01"},
                message
                | {"message_id": "m3", "sent_at": "2026-03-02 10:09", "direction": "in"}
                | {"deal_id": "d1"},
                # The other client writes and gets no answer.
                {"message_id": "m4", "sent_at": "2026-03-02 10:20", "direction": "in"}
                | {"channel": "email", "email": "b@example.org"},
                {"message_id": "m5", "sent_at": "2026-03-02 10:30", "direction": "internal"}
                | {"channel": "chat", "user_id": "u7", "lead_id": "l2"},
            ]
        )
    )
    home.published()
    assert home.ask(
        "select lead_id, first_attempt_at, attempt_matched_by, first_contact_at,"
        " contact_matched_by from marts.fct_lead order by lead_id",
    ) == [
        ("l1", datetime(2026, 3, 2, 7, 5), "phone", datetime(2026, 3, 2, 7, 9), "link"),
        ("l2", None, None, None, None),
    ]
    assert home.ask(
        "select message_id, manager_id, message.lead_id, message.deal_id, is_automatic,"
        " leads.lead_id from marts.fct_message as message"
        " inner join marts.fct_lead as leads using (customer_id) order by message_id",
    ) == [
        ("m1", "u7", "l1", None, True, "l1"),
        ("m2", "u7", None, None, False, "l1"),
        ("m3", "u7", None, "d1", False, "l1"),
        ("m4", "unassigned", None, None, False, "l2"),
    ]
    assert ("u7", "u7") in home.ask("select manager_id, name from marts.dim_manager")
    published = str(home.ask("from marts.fct_message"))
    assert "9990000001" not in published and "example.org" not in published
    assert home.ask("select count(distinct thread_id) from marts.fct_message") == [(1,)]


def test_tasks_absences_and_events_reach_the_star(home: Nights):
    task = {"created_at": "2026-03-02 10:00", "user_id": "u1"}
    home.land(
        company(
            tasks=[
                task | {"task_id": "late", "due_at": "2026-03-31 23:59", "deal_id": "d1"},
                task | {"task_id": "open", "due_at": "2026-04-01 00:00", "lead_id": "l2"},
                task | {"task_id": "gone", "is_deleted": "true"},
            ],
            absences=[{"user_id": "u1", "first_on": "2026-03-06", "last_on": "2026-03-07"}],
            external_events=[
                {"event_id": "e1", "starts_on": "2026-04-01", "ends_on": "2026-04-02"}
                | {"kind": "road", "city": "Tver"}
            ],
        )
    )
    home.published()
    assert home.ask(
        "select task_id, due_on, is_overdue, deal_id, lead_id from marts.fct_task order by 1"
    ) == [
        ("late", date(2026, 3, 31), True, "d1", None),
        ("open", date(2026, 4, 1), False, None, "l2"),
    ]
    assert home.ask("from intermediate.int_people__absences order by date") == [
        ("u1", date(2026, 3, 6)),
        ("u1", date(2026, 3, 7)),
    ]
    assert home.ask("select event_id, kind, city, is_expected from marts.fct_external_event") == [
        ("e1", "road", "Tver", True)
    ]
