"""amoCRM: the demo company through its API v4, and back to the entities."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, ClassVar

import duckdb
import pytest

from kits.crm import Crm, read_three_times
from kits.crm_cases import CrmCases
from kits.vendors import conform_vendor, diagnosed, files_with, land_vendor, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators import amocrm
from orchestration.emulators.amocrm import (
    CLIENT,
    FIELD_IDS,
    LEAD_PIPELINE,
    POST_WON,
    PRIVATE,
    QUALIFIED,
    RENAMED,
    TOKEN,
    Amocrm,
    problem,
    records,
)
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.server import serve
from orchestration.sources.connectors import slices as landing
from orchestration.sources.crm.amocrm import api as service
from orchestration.sources.crm.amocrm.config import AmocrmSource

KEYS = {
    "users": ("user_id",),
    "stages": ("pipeline_id", "stage_id"),
    "deals": ("deal_id",),
    "stage_events": ("deal_id", "lead_id", "sequence"),
    "contacts": ("contact_id",),
    "merges": ("entity", "loser_id"),
    "leads": ("lead_id",),
    "calls": ("call_id",),
    "messages": ("message_id",),
    "tasks": ("task_id",),
}
CRM = Crm(amocrm, KEYS)
rows, keyed = CRM.rows, CRM.keyed
ADDRESS = 'type = "amocrm"\nbase_url = "https://shop.amocrm.ru"\n'


@pytest.fixture(scope="module")
def company() -> Company:
    return small_company()


def small_company(scale: float = 0.03) -> Company:
    company = Company(scale)
    company.connection.execute(
        f"update now.deals set is_deleted = true, updated_at = timestamp '{LAST_DAY} 12:00:00'"
        " where hash(deal_id) % 31 = 0"
    )
    return company


@pytest.fixture(autouse=True, scope="module")
def token() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMO_TOKEN", TOKEN)
        yield


def source(url: str, **options: object) -> AmocrmSource:
    given = {
        "type": "amocrm",
        "base_url": url,
        "token_env": "AMO_TOKEN",
        "history_from": date(2024, 1, 1),
        "lead_pipelines": [LEAD_PIPELINE],
        "qualified_stages": [QUALIFIED],
        "post_won_stages": [POST_WON],
        "calls": "take",
        "messages": True,
        "tasks": True,
        "custom_fields": {
            entity: {column: str(number) for column, number in columns.items()}
            for entity, columns in FIELD_IDS.items()
        },
    }
    return AmocrmSource(**given | options)


def land(home: Home, amo: Amocrm, name: str = "crm", **options: object) -> Home:
    with serve(amo.app) as url:
        land_vendor(home, source(url, requests_per_second=amo.per_second, **options), name)
    return home


def quick(company: Company, **options: object) -> Amocrm:
    """A service whose limits no test has to wait for."""
    return Amocrm(company, per_second=100_000, **options)


@pytest.fixture(scope="module")
def asked() -> list[Counter[str]]:
    """What the nights of `fresh` asked for, by list."""
    return []


@pytest.fixture(scope="module")
def fresh(company, token, asked, tmp_path_factory) -> Home:
    """A home where `nights` read the company some days ago and again today, and `crm` today."""
    home = Home(tmp_path_factory.mktemp("fresh"))
    asked += read_three_times(home, company, quick(company), land)
    return home


@pytest.fixture(scope="module")
def warehouse(fresh, vendor_models) -> Iterator[duckdb.DuckDBPyConnection]:
    accounts = {name: source("http://vendor") for name in ("crm", "nights")}
    with conform_vendor(fresh, accounts, vendor_models) as connection:
        yield connection


@pytest.fixture(scope="module")
def whole(company, fresh) -> tuple[Company, Home]:
    return company, fresh


class TestAsEveryCrm(CrmCases):
    crm = CRM
    limits = ("second",)
    forgotten = ("deals", "tasks")
    mistakes = (
        (ADDRESS, "either token_env or oauth"),
        (f'{ADDRESS}token_env = "A"\nsubdomain = "x"', "unknown key"),
    )
    secret = TOKEN
    refused = "401: .*Invalid token.*set AMO_TOKEN to"
    times: ClassVar = {"leads": "updated_at", "events": "created_at"}
    slices = frozenset({f"leads since 2025-03-{day} 00:00" for day in ("01", "31")})
    variables = "AMO"
    quick = staticmethod(quick)

    def service(self, company: Company, now: Callable[[], float]) -> Amocrm:
        return Amocrm(company, clock=now)

    def configured(self, patch, url, secret, **options) -> AmocrmSource:
        patch.setenv("AMO_TOKEN", secret)
        return source(url, **options)

    def oauth(self, url):
        return {"token_env": None}, {"redirect_uri": CLIENT["redirect_uri"]}


def test_the_trash_gives_ids_alone_and_refuses_no_night(fresh):
    with duckdb.connect(fresh.warehouse, read_only=True) as connection:
        trash = "from raw_crm.deleted_leads where is_deleted and id not in (from ids)"
        ids = "with ids as (select id from raw_crm.leads)"
        assert connection.execute(f"{ids} select count(*) > 3 {trash}").fetchone() == (True,)
        assert connection.execute("select count(*) from ledger.quarantine").fetchone() == (0,)


def test_a_note_links_a_call_of_telephony_to_its_card(company, warehouse):
    places = ("lead_calls", "contact_calls", "company_calls")
    assert all(warehouse.execute(f"from raw_crm.{place}").fetchone() for place in places)
    CRM.assert_calls_are_linked(company, warehouse)
    assert "call_links" in source("http://vendor", calls="link").delivers


def test_a_later_night_reads_what_changed(fresh, asked):
    first, later, whole = asked
    assert later["events"] < first["events"] / 5
    assert later["contacts"] == later["leads/notes"] == 1 < whole["contacts"]
    assert later["companies/notes"] == later["contacts/notes"] == 1


def test_pages_that_are_shorter_than_asked_for_or_empty_by_mistake_are_all_read(
    company, fresh, tmp_path
):
    """A limit over the cap gives 50 rows; a list behind its first page may be said to be empty."""
    amo = quick(company, max_page=60, spurious={"leads", "contacts", "events"})
    same(land(Home(tmp_path), amo), fresh, "crm")
    assert amo.asked["leads"] > 10 and amo.asked["events"] > 20 and not amo.spurious


def test_rows_that_change_while_they_are_read_push_none_off_a_page(tmp_path):
    company = small_company(0.015)
    amo = quick(company, max_page=60)
    edits = iter(range(1, 30))

    def edit(path: str, number: int) -> None:
        """What has been read already changes, and moves to the end."""
        if path in ("leads", "contacts") and (n := next(edits, None)):
            table, key = ("leads", "lead_id") if path == "leads" else ("contacts", "contact_id")
            company.connection.execute(
                f"update now.{table} set city = 'Moved', updated_at = timestamp '{LAST_DAY}"
                f" 20:00:00' + to_seconds({n}) where {key} in (select {key} from now.{table}"
                f" where updated_at is null or updated_at < timestamp '{LAST_DAY} 11:00:00'"
                f" order by coalesce(updated_at, created_at) limit 5)"
            )

    amo.between = edit
    during = land(Home(tmp_path / "during"), amo)
    amo.between = None
    # The next night sees what changed behind the last page, and nothing that was pushed off one.
    land(during, amo)
    same(during, land(Home(tmp_path / "after"), amo), "crm")


def test_events_between_two_months_are_read_whether_or_not_a_filter_takes_its_ends(tmp_path):
    """Slices of 30 days since the first day of 2024 meet at this midnight."""
    company = small_company(0.01)
    for moment, condition in (
        ("18 23:59:59", "< date '2026-06-19'"),
        ("19", "> date '2026-06-18'"),
    ):
        company.connection.execute(
            f"update now.stage_events set changed_at = timestamp '2026-06-{moment}'"
            f" where changed_at > timestamp '2026-06-15' and cast(changed_at as date) {condition}"
        )
    taken, left = (
        land(Home(tmp_path / f"{takes_ends}"), quick(company, takes_ends=takes_ends))
        for takes_ends in (True, False)
    )
    same(taken, left, "crm")
    with duckdb.connect(left.warehouse, read_only=True) as connection:
        edges = connection.execute(
            "select count(distinct created_at) from raw_crm.events where created_at in"
            " (timestamp '2026-06-18 23:59:59', timestamp '2026-06-19 00:00:00')"
        )
        assert edges.fetchone() == (2,)


def test_no_text_of_a_message_or_task_is_kept(company, fresh, tmp_path):
    """The vendor returns texts of tasks unasked."""
    assert next(iter(records.tasks(company)))["text"] == PRIVATE
    with duckdb.connect(fresh.warehouse, read_only=True) as connection:
        for table in ("message_events", "tasks", "task_events", "account"):
            assert PRIVATE not in f"{connection.execute(f'from raw_crm.{table}').fetchall()}"
        assert connection.execute("select count(*) > 100 from raw_crm.tasks").fetchone() == (True,)
    assert files_with(fresh, PRIVATE) == []


def test_tasks_that_change_or_go_while_they_are_read_push_none_off_a_page(tmp_path):
    """They are sorted by id, and what changes belongs to a later window."""
    company = small_company(0.015)
    amo = quick(company, max_page=60)
    edits = iter(range(1, 40))

    def edit(path: str, number: int) -> None:
        if path == "tasks" and (n := next(edits, None)):
            company.connection.execute(
                f"update now.tasks set is_deleted = {str(n % 3 == 0).lower()}, updated_at ="
                f" timestamp '{LAST_DAY} 20:00:00' + to_seconds({n}) where task_id in"
                " (select task_id from now.tasks where not is_deleted order by hash(task_id)"
                " limit 5)"
            )

    amo.between = edit
    during = land(Home(tmp_path / "during"), amo)
    assert amo.asked["tasks"] > 10
    amo.between = None
    land(during, amo)
    # What was deleted meanwhile may have been read before.
    there = "select id, updated_at from raw_crm.tasks where id not in (select entity_id from"
    there += " raw_crm.task_events where type = 'task_deleted') order by id"
    found = []
    for home in (during, land(Home(tmp_path / "after"), amo)):
        with duckdb.connect(home.warehouse, read_only=True) as connection:
            found.append(connection.execute(there).fetchall())
    assert found[0] == found[1] != []


def test_a_rejected_task_is_a_dead_letter_until_it_is_readable_or_deleted(tmp_path):
    company, home = small_company(0.015), Home(tmp_path)
    whole = records.tasks
    spoiled = [task["id"] for task in list(whole(company))[:2]]

    def without_user(company: Company) -> Iterator[dict[str, Any]]:
        for task in whole(company):
            yield task | ({"responsible_user_id": None} if task["id"] in spoiled else {})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "tasks", without_user)
        land(home, quick(company))
    assert unsettled(home) == [("amocrm.tasks", f"{id_}") for id_ in spoiled]
    land(home, quick(company))
    # The night asks for what changed; these did not.
    assert len(unsettled(home)) == 2
    for id_, is_deleted in zip(spoiled, ("false", "true"), strict=True):
        company.connection.execute(
            f"update now.tasks set is_deleted = {is_deleted}, updated_at = timestamp"
            f" '{LAST_DAY} 20:00:00' where {amocrm.task_id('task_id')} = '{id_}'"
        )
    land(home, quick(company))
    assert unsettled(home) == []


def unsettled(home: Home) -> list[tuple[str, str]]:
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        query = "select distinct entity, record_id from ledger.unsettled order by all"
        return connection.execute(query).fetchall()


def test_what_is_not_wanted_of_messages_and_tasks_is_not_requested(company, tmp_path):
    amo = quick(company)
    home = land(Home(tmp_path), amo, messages=False, tasks=False)
    assert "tasks" not in amo.asked
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        for table in ("message_events", "tasks", "task_events"):
            assert connection.execute(f"select count(*) from raw_crm.{table}").fetchone() == (0,)


def test_the_limit_is_kept_and_never_met(company, fresh, tmp_path, quick_time):
    """Also not by an account that is slow: long pages are asked for in halves; nor by one that says
    for a while that it has no users and no pipelines."""
    nothing = Counter({"users": 2, "leads/pipelines": 3})
    amo = Amocrm(company, per_second=2, clock=quick_time.now, in_time=100, nothing=nothing)
    same(land(Home(tmp_path), amo), fresh, "crm")
    assert amo.second.broken == 0
    assert sum(quick_time.slept) > 5
    assert nothing.total() == 0
    # 250 and 125, and from then on what can be had; pages of a hundred events come at once.
    once = ("users", "contacts", "leads", "leads/notes", "tasks")
    assert amo.late == dict.fromkeys(once, 2)


@pytest.mark.parametrize(("path", "kind"), [("users", "users"), ("leads/pipelines", "pipelines")])
def test_an_account_without_users_or_pipelines_is_not_believed(
    company, tmp_path, quick_time, path, kind
):
    """All of them would be taken for deleted."""
    amo = Amocrm(company, clock=quick_time.now, nothing=Counter({path: 99}))
    with pytest.raises(SourceError, match=f"says 4 times that it has no {kind}, which cannot be"):
        land(Home(tmp_path), amo)


def test_an_account_that_has_had_too_much_is_left_alone(company, tmp_path, quick_time):
    """Another integration shares its limit."""
    amo = Amocrm(company, per_second=1, clock=quick_time.now)
    with serve(amo.app) as url, service.AmocrmApi("crm", source(url), Home(tmp_path)) as account:
        account.get("account")
        account.get("account")
    assert amo.second.broken == 1
    assert [round(seconds) for seconds in quick_time.slept] in ([10], [11])


def test_a_vendor_that_is_late_all_night_is_one_sentence(company, tmp_path, quick_time):
    amo = Amocrm(company, clock=quick_time.now, in_time=0)
    with pytest.raises(SourceError, match=r"at users answered 504 \(8 attempts\); run again later"):
        land(Home(tmp_path), amo)
    assert amo.late["users"] == 5 + 8


def test_a_run_that_broke_off_goes_on_from_there(company, fresh, asked, tmp_path):
    amo, home = quick(company), Home(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 500)
        unpaid = problem(402, "Payment required")
        patch.setattr(amo, "_refusal", lambda asked: unpaid if amo.asked["events"] > 20 else None)
        with pytest.raises(ConfigError, match="not paid for"):
            land(home, amo)
    begun = amo.asked.copy()
    amo.asked.clear()
    same(land(home, amo), fresh, "crm")
    assert amo.asked["contacts"] < begun["contacts"]
    assert begun["events"] < asked[-1]["events"]
    assert amo.asked["events"] < asked[-1]["events"] - 5


def test_a_token_that_may_not_read_users_is_one_sentence(company, tmp_path):
    with pytest.raises(
        ConfigError,
        match=r"at users answered 403: Error: Access denied \(.*set AMO_TOKEN to an admin",
    ):
        land(Home(tmp_path), quick(company, is_admin=False))


@pytest.fixture(scope="module")
def edited(company, token, vendor_models, tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """An account without minor units, in which more happened than in the demo company: its raw
    tables after a night, and rows added by hand as the vendor would deliver them."""
    home = land(Home(tmp_path_factory.mktemp("edited")), quick(company, has_minor_units=False))
    at = "timestamp '2026-06-29 10:00:00'"
    with duckdb.connect(home.warehouse) as connection:
        for number, pipeline, status in (
            (1, 31, 3101),
            (2, 31, 3101),
            (3, LEAD_PIPELINE, QUALIFIED),
        ):
            connection.execute(
                "insert into raw_crm.leads (id, pipeline_id, status_id, price, created_at,"
                f" updated_at, source) values ('x{number}', '{pipeline}', '{status}', 70, {at},"
                f" {at} + interval {number} day, 'crm')"
            )
        connection.execute(
            "insert into raw_crm.deleted_leads by name select id, true as is_deleted,"
            " updated_at + interval 1 hour as updated_at, source from raw_crm.leads where id = 'x2'"
        )
        contact = connection.execute("select max(id) from raw_crm.contacts").fetchone()[0]
        events = [
            ("01", "lead_status_changed", "x1", (LEAD_PIPELINE, 3001), (LEAD_PIPELINE, QUALIFIED)),
            ("02", "lead_status_changed", "x1", (LEAD_PIPELINE, QUALIFIED), (31, 3101)),
            ("03", "lead_status_changed", "x2", (99, 77), (31, 3101)),
            ("04", "lead_deleted", "x2", None, None),
            ("05", "lead_restored", "x2", None, None),
            ("06", "contact_deleted", contact, None, None),
        ]
        for order, type_, card, *places in events:
            values = [
                f'[{{"lead_status":{{"id":{place[1]},"pipeline_id":{place[0]}}}}}]'
                if place
                else "[]"
                for place in places
            ]
            connection.execute(
                "insert into raw_crm.events (id, type, entity_type, entity_id, created_by,"
                " value_before, value_after, created_at, source)"
                f" values (?, ?, 'lead', ?, '0', ?, ?, {at} + to_hours(?::bigint), 'crm')",
                [f"zz{order}", type_, card, *values, int(order)],
            )
        connection.execute("delete from raw_crm.current_users where id = '9000001'")
        connection.execute("delete from raw_crm.current_statuses where id = '3102'")
    with conform_vendor(home, {"crm": source("http://vendor")}, vendor_models) as connection:
        yield connection


def test_an_inquiry_that_moves_on_is_a_lead_and_a_deal(edited):
    lead, deal = rows(edited, "crm", "leads")[("x1",)], rows(edited, "crm", "deals")[("x1",)]
    left_at = datetime(2026, 6, 29, 12)
    assert (lead["status"], lead["deal_id"], lead["converted_at"]) == ("converted", "x1", left_at)
    assert lead["qualified_at"] == datetime(2026, 6, 29, 11)
    assert (deal["status"], deal["lead_id"], deal["created_at"]) == ("open", "x1", left_at)
    events = rows(edited, "crm", "stage_events")
    assert events[(None, "x1", 1)]["pipeline_id"] == str(LEAD_PIPELINE)
    born = events[("x1", None, 2)]
    assert (born["from_stage_id"], born["to_stage_id"]) == (None, "3101")


def test_an_inquiry_that_began_qualified_is_qualified(edited):
    lead = rows(edited, "crm", "leads")[("x3",)]
    assert (lead["status"], lead["qualified_at"]) == ("qualified", lead["created_at"])
    assert ("x3",) not in rows(edited, "crm", "deals")


def test_restored_rows_return_and_deleted_contacts_do_not(company, edited):
    assert rows(edited, "crm", "deals")[("x2",)]["is_deleted"] is False
    contacts = keyed("contacts", company.rows(RENAMED["contacts"]))
    assert contacts.keys() - rows(edited, "crm", "contacts").keys() == {max(contacts)}


def test_rows_that_the_account_no_longer_lists_are_kept(edited):
    user = rows(edited, "crm", "users")[("9000001",)]
    assert (user["name"], user["is_active"]) == ("Albert Volkov", False)
    stages = rows(edited, "crm", "stages")
    assert stages[("31", "3102")]["stage_name"] == "In conversation"
    assert stages[("31", "3102")]["is_deleted"] is True
    unknown = stages[("99", "77")]
    assert (unknown["pipeline_name"], unknown["stage_name"]) == ("Pipeline 99", "Stage 77")
    assert unknown["is_deleted"] is True
    unsorted = [stage for stage in stages.values() if stage["stage_name"] == "Incoming"]
    assert len(unsorted) == 3 and all(stage["is_deleted"] for stage in unsorted)


def test_an_account_without_minor_units_has_whole_prices(company, edited):
    came = rows(edited, "crm", "deals")
    for key, row in keyed("deals", company.rows(RENAMED["deals"])).items():
        assert came[key]["amount"] == (row["amount"] and int(row["amount"]))


def test_the_doctor_measures_and_loads_nothing(company, tmp_path, quick_time):
    with serve(quick(company, max_page=60).app) as url:
        told, ill = diagnosed(source(url), tmp_path)
        wrong = source(url, lead_pipelines=[4711], custom_fields={"deals": {"cost": "12"}})
        _, refused = diagnosed(wrong, tmp_path)
    assert ill == {}
    assert "the token is valid, account Demo, currency RUB" in told["source crm"]
    contacts = len(company.rows(RENAMED["contacts"]))
    assert f"at most {250 * -(-contacts // 50):,} rows" in told["crm.contacts"]
    assert told.keys() >= {"crm.leads/notes", "crm.contacts/notes", "crm.companies/notes"}
    assert "a first load takes about" in told["crm limits"]
    assert [*refused] == ["crm pipelines", "crm custom fields"]
    assert "does not have 4711" in refused["crm pipelines"]


def test_calls_are_left_to_telephony_unless_they_are_wanted(company, tmp_path):
    amo = quick(company)
    home = land(Home(tmp_path), amo, calls="ignore")
    assert not any("notes" in path for path in amo.asked)
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        assert warehouse.sql("select count(*) from raw_crm.lead_calls").fetchone() == (0,)
    assert {"calls", "call_links"}.isdisjoint(source("http://vendor", calls="ignore").delivers)
