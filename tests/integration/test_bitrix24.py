"""Bitrix24: the demo company through its REST methods, and back to the entities."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import ClassVar

import duckdb
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kits.crm import Crm
from kits.crm_cases import CrmCases
from kits.vendors import conform_vendor, diagnosed, land_vendor, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators import bitrix24
from orchestration.emulators.bitrix24 import (
    CODE,
    CUSTOM_FIELDS,
    POST_WON,
    PRIVATE,
    QUALIFIED,
    RENAMED,
    SCOPES,
    Bitrix24,
    call_links,
)
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.server import serve
from orchestration.sources.connectors import slices as landing
from orchestration.sources.crm.bitrix24 import extract, spans
from orchestration.sources.crm.bitrix24.config import Bitrix24Source

KEYS = {
    "users": ("user_id",),
    "stages": ("pipeline_id", "stage_id"),
    "leads": ("lead_id",),
    "deals": ("deal_id",),
    "stage_events": ("deal_id", "lead_id", "sequence"),
    "contacts": ("contact_id",),
    "calls": ("call_id",),
    "call_links": ("session_id",),
    "messages": ("message_id",),
    "tasks": ("task_id",),
}
CRM = Crm(bitrix24, KEYS, "staging.stg_bitrix24__{}")
rows, keyed = CRM.rows, CRM.keyed


@pytest.fixture(scope="module")
def company() -> Company:
    return small_company()


def small_company(scale: float = 0.02) -> Company:
    """More deleted deals than by itself, and users of whom nobody has filled in when they came."""
    company = Company(scale)
    company.connection.execute(
        f"update now.deals set is_deleted = true, updated_at = timestamp '{LAST_DAY} 12:00:00'"
        " where hash(deal_id) % 31 = 0"
    )
    for state in ("now", "before"):
        company.connection.execute(f"update {state}.users set hired_on = null where role = 'head'")
    return company


SINCE = date(2025, 10, 1)


def source(url: str, **options: object) -> Bitrix24Source:
    """The portal by its webhook, which lies in the environment."""
    given = {
        "type": "bitrix24",
        "webhook_env": "B24_WEBHOOK",
        "history_from": date(2024, 1, 1),
        "calls": "take",
        "messages": True,
        "tasks": True,
        "qualified_stages": [QUALIFIED],
        "post_won_stages": [POST_WON],
        "custom_fields": CUSTOM_FIELDS,
    }
    return Bitrix24Source(**given | options)


def land(home: Home, portal: Bitrix24, name: str = "crm", **options: object) -> Home:
    with serve(portal.app) as url:
        land_at(url, home, name, requests_per_second=portal.per_second, **options)
    return home


def land_at(
    url: str,
    home: Home,
    name: str = "crm",
    say: Callable[[str], None] = lambda text: None,
    **options: object,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("B24_WEBHOOK", f"{url}/rest/1/{CODE}/")
        land_vendor(home, source(url, **options), name, say=say)


def quick(company: Company, **options: object) -> Bitrix24:
    """A portal whose limits no test has to wait for."""
    return Bitrix24(company, per_second=100_000, **options)


@pytest.fixture(scope="module")
def asked() -> list[Counter[str]]:
    """What the nights of `fresh` asked for, by method."""
    return []


@pytest.fixture
def month_by_month() -> Iterator[None]:
    """As a portal that has much is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "ROWS_AT_ONCE", 1)
        yield


@pytest.fixture(scope="module")
def fresh(company, asked, tmp_path_factory) -> Home:
    """A home where `nights` read the company some days ago and again today, and `crm` today."""
    home, portal = Home(tmp_path_factory.mktemp("fresh")), quick(company)
    with company.earlier():
        land(home, portal, "nights")
    for name in ("nights", "crm"):
        asked.append(portal.asked.copy())
        portal.asked.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spans, "ROWS_AT_ONCE", 1)
            land(home, portal, name)
    asked.append(portal.asked.copy())
    return home


@pytest.fixture(scope="module")
def warehouse(fresh, vendor_models) -> Iterator[duckdb.DuckDBPyConnection]:
    accounts = {name: source("http://vendor") for name in ("crm", "nights")}
    with conform_vendor(fresh, accounts, vendor_models) as connection:
        yield connection


@pytest.fixture(scope="module")
def whole(smallest) -> tuple[Company, Home]:
    return smallest


class TestAsEveryCrm(CrmCases):
    crm = CRM
    limits = ("bucket",)
    forgotten = ("deals", "stage_events", "tasks")
    mistakes = tuple(
        (f'type = "bitrix24"\n{way_in}', found)
        for way_in, found in (
            ("", "either webhook_env, or base_url and oauth"),
            ('base_url = "https://shop.bitrix24.ru"', "either webhook_env, or base_url and oauth"),
            ('webhook_env = "A"\nwebhook = "x"', "unknown key"),
        )
    )
    secret = CODE
    refused = "answered 403: INVALID_CREDENTIALS.*and set B24_WEBHOOK"
    times: ClassVar = {"leads": "updated_at", "deal_history": "created_at"}
    variables = "B24"
    quick = staticmethod(quick)

    def service(self, company: Company, now: Callable[[], float]) -> Bitrix24:
        return Bitrix24(company, clock=now)

    def configured(self, patch, url, secret, **options) -> Bitrix24Source:
        patch.setenv("B24_WEBHOOK", f"{url}/rest/1/{secret}/")
        return source(url, **{"history_from": SINCE, **options})

    def oauth(self, url):
        return {"webhook_env": None, "base_url": url}, {"token_url": f"{url}/oauth/token/"}


def test_missing_rows_were_deleted_or_merged(company, warehouse):
    gone = warehouse.sql(
        "select entity, id from staging.stg_bitrix24__gone where source = 'nights' order by all"
    ).fetchall()
    with company.earlier():
        before = {
            entity: {row[f"{entity[:-1]}_id"] for row in company.rows(RENAMED[entity])}
            for entity in ("contacts", "deals", "leads", "tasks")
        }
    own = {
        entity: before[entity] - {row[f"{entity[:-1]}_id"] for row in company.rows(RENAMED[entity])}
        for entity in before
    }
    assert gone == sorted((entity, id_) for entity, ids in own.items() for id_ in ids)


def test_telephony_of_another_vendor_finds_its_sessions(smallest, tmp_path, vendor_models):
    def vendors(session: str) -> str:
        return f"md5({session})"

    company, _ = smallest
    home = land(Home(tmp_path), quick(company, session_id=vendors), calls="link")
    accounts = {"crm": source("http://vendor", calls="link")}
    with conform_vendor(home, accounts, vendor_models) as connection:
        links = connection.sql(
            "select session_id, lead_id, deal_id from landing.call_links order by 1"
        ).fetchall()
        assert connection.sql("select count(*) from landing.calls").fetchone() == (0,)
    own = company.rows(f"from ({call_links(vendors)}) order by 1")
    assert links == [tuple(row.values()) for row in own] != []


def test_a_later_night_reads_what_changed(asked):
    first, later, whole = asked
    assert later.total() < whole.total() / 4 and later.total() < first.total()


def test_a_young_portal_costs_few_requests_however_far_back_is_asked(smallest, tmp_path):
    """Lists that hold some hundred rows were asked for month by month: one request for each row."""
    company, _ = smallest
    portal = quick(company)
    land(Home(tmp_path), portal, history_from=date(2011, 1, 1))
    cards = sum(len(company.rows(RENAMED[entity])) for entity in ("contacts", "deals", "leads"))
    assert portal.asked.total() < cards / 4


def test_batches_that_come_back_hollow_or_with_errors_lose_nothing(company, fresh, tmp_path):
    portal = quick(company, hollow=12, failing=12, hides_dismissed=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "SLICE_DAYS", 10_000)
        same(land(Home(tmp_path), portal), fresh, "crm")
    assert portal.hollow == portal.failing == 0
    # Pages of one list in one request.
    assert portal.commands["voximplant.statistic.get"] > 20 > portal.asked.total() / 3


def test_rows_that_change_while_they_are_read_are_found_by_the_next_night(tmp_path):
    company = Company(0.01)
    portal = quick(company)
    turns = iter(range(20))

    def edit(method: str, number: int) -> None:
        """Some of what is read already, and of what is not, changes."""
        if method.startswith("crm.") and (turn := next(turns, None)) is not None:
            for table, change in (
                ("leads", "city = 'Moved'"),
                ("deals", "amount = amount + 1"),
                ("contacts", "city = 'Moved'"),
            ):
                portal.edit(table, change, f"hash({table[:-1]}_id) % 20 = {turn}")

    portal.between = edit
    options = {"history_from": SINCE}
    during = land(Home(tmp_path / "during"), portal, **options)
    assert next(turns, None) is None
    portal.between = None
    land(during, portal, **options)
    same(during, land(Home(tmp_path / "after"), portal, **options), "crm")


def test_a_portal_that_overlooks_offsets_gives_the_newest_changes_too(tmp_path):
    """It reads the time of a filter as a time of its own zone."""
    company = Company(0.01)
    portal = quick(company, takes_offsets=False)
    portal.edit("deals", "amount = amount + 1", "true")
    options = {"history_from": SINCE, "calls": "ignore", "messages": False, "tasks": False}
    home = land(Home(tmp_path / "local"), portal, **options)
    portal.takes_offsets = True
    same(home, land(Home(tmp_path / "offset"), portal, **options), "crm")


def test_the_bucket_is_used_and_never_runs_over(
    company, fresh, month_by_month, tmp_path, quick_time
):
    portal = Bitrix24(company, clock=quick_time.now)
    began = quick_time.now()
    same(land(Home(tmp_path), portal), fresh, "crm")
    assert portal.bucket.broken == 0
    behind_burst = portal.asked.total() - portal.burst
    assert behind_burst > 100
    assert behind_burst / sum(quick_time.slept) >= 0.9 * portal.per_second
    assert quick_time.now() > began


def test_no_method_works_longer_than_it_may(smallest, month_by_month, tmp_path, quick_time):
    company, clean = smallest
    portal, said = Bitrix24(company, clock=quick_time.now, seconds_per_page=60.0), []
    same(land(Home(tmp_path), portal, history_from=SINCE, say=said.append), clean, "crm")
    assert portal.broken == Counter() and portal.bucket.broken == 0
    # Eight pages in ten minutes, all of them used, and whoever looks on is told of each wait.
    waited = Counter(
        re.fullmatch(r"crm: waiting \d+ s, (\S+) has worked as long as the portal lets it", text)[1]
        for text in said
        if "waiting" in text
    )
    assert waited == +Counter({method: (n - 1) // 8 for method, n in portal.commands.items()})
    assert waited.total() > 5


def test_a_crowded_month_is_read_in_parts(smallest, tmp_path, monkeypatch):
    company, clean = smallest
    monkeypatch.setattr(extract, "CROWDED_ROWS", 20)
    monkeypatch.setattr(spans, "CROWDED_ROWS", 20)
    said: list[str] = []
    portal = quick(company)
    same(land(Home(tmp_path), portal, history_from=SINCE, say=said.append), clean, "crm")
    assert len([text for text in said if text.startswith("deals since")]) > 2


def test_a_blocked_method_is_waited_for_if_the_portal_gave_no_notice(
    smallest, month_by_month, tmp_path, quick_time
):
    company, clean = smallest
    portal = Bitrix24(company, clock=quick_time.now, seconds_per_page=60.0, tells_work=False)
    same(land(Home(tmp_path), portal, history_from=SINCE), clean, "crm")
    # Told in answers of their own and in batches, and each time waited out.
    assert portal.bucket.broken == 0 and sum(portal.broken.values()) >= 5
    assert max(quick_time.slept) > 60


@pytest.fixture(scope="module")
def smallest(tmp_path_factory) -> tuple[Company, Home]:
    """A company of few cards, and a home that has read it from `SINCE` on."""
    company = Company(0.01)
    home = Home(tmp_path_factory.mktemp("smallest"))
    return company, land(home, quick(company), history_from=SINCE)


def test_a_run_that_broke_off_goes_on_from_there(smallest, month_by_month, tmp_path):
    company, clean = smallest
    portal, home = quick(company), Home(tmp_path)

    def stop(method: str, number: int) -> None:
        if portal.commands["crm.stagehistory.list"] > 8:
            portal.scopes = ("user", "department")

    portal.between = stop
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "_SLICE_ROWS", 100)
        with pytest.raises(ConfigError, match=r"at crm.stagehistory.list answered 403.*rights crm"):
            land(home, portal, history_from=SINCE)
    begun = portal.commands.copy()
    portal.scopes, portal.between = SCOPES, None
    portal.commands.clear()
    same(land(home, portal, history_from=SINCE), clean, "crm")
    for method in ("crm.contact.list", "crm.lead.list"):
        assert portal.commands[method] < begun[method]


def test_an_invalid_webhook_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("B24_WEBHOOK", "b24code987654321")
    with pytest.raises(ConfigError, match="B24_WEBHOOK has no webhook, expected an") as raised:
        land_vendor(Home(tmp_path), source(""), "crm")
    assert "987654321" not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"scopes": ("crm", "user", "department")}, r"voximplant.*insufficient_scope.*telephony"),
        (
            {"may_read_calls": False},
            r"voximplant.*ACCESS_DENIED.*of B24_WEBHOOK .* an administrator's",
        ),
        ({"scopes": ("user",)}, r"department.get answered 403.*rights crm, user and department"),
    ],
)
def test_a_missing_right_is_one_sentence(smallest, tmp_path, options, found):
    with pytest.raises(ConfigError, match=found):
        land(Home(tmp_path), quick(smallest[0], **options))


@pytest.mark.parametrize(
    ("answer", "error", "found"),
    [
        (Response("<html>Not found</html>", 404, media_type="text/html"), ConfigError, "no portal"),
        (Response("", 302, {"location": "https://b24.example"}), ConfigError, "no portal"),
        (Response("<html>Busy</html>", media_type="text/html"), SourceError, "a page for people"),
        (Response("<html>Busy</html>", 503, media_type="text/html"), SourceError, "answered 503"),
        (JSONResponse({"error": 0, "error_description": "No"}, 400), SourceError, "400: 0? ?No"),
        (JSONResponse({"error": "", "error_description": "No"}), SourceError, "No .8 attempts"),
        (
            JSONResponse({"error": "OVERLOAD_LIMIT", "error_description": "Blocked"}, 503),
            *(SourceError, "OVERLOAD_LIMIT Blocked .1 attempt.; .* ask its support"),
        ),
        (
            JSONResponse(
                {
                    "error": "ACCESS_DENIED",
                    "error_description": "REST API is available only on commercial plans",
                },
                403,
            ),
            *(ConfigError, "the plan of the portal has no REST API"),
        ),
        (
            JSONResponse({"error": "user_access_error", "error_description": "No access"}, 403),
            *(ConfigError, "B24_WEBHOOK belongs to may not .* allow the application"),
        ),
        (
            JSONResponse({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many"}, 503),
            *(SourceError, "QUERY_LIMIT_EXCEEDED Too many .8 attempts"),
        ),
        (
            JSONResponse({"error": "OPERATION_TIME_LIMIT", "error_description": "Shut"}, 429),
            *(SourceError, "OPERATION_TIME_LIMIT Shut"),
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, quick_time, answer, error, found):
    async def always(request: object) -> Response:
        return answer

    app = Starlette(routes=[Route("/rest/1/{code}/{method}", always, methods=["POST"])])
    with serve(app) as url, pytest.raises(error, match=found) as raised:
        land_at(url, Home(tmp_path))
    assert CODE not in str(raised.value) and "\n" not in str(raised.value)


def test_a_list_that_counts_more_than_it_gives_is_one_sentence(smallest, tmp_path):
    with pytest.raises(SourceError, match=r"counts \S+ rows and gives 0; run again later"):
        land(Home(tmp_path), quick(smallest[0], hides={"crm.contact.list"}))


def test_the_doctor_counts_and_loads_nothing(smallest, tmp_path, monkeypatch, quick_time):
    company, _ = smallest
    with serve(quick(company).app) as url:
        monkeypatch.setenv("B24_WEBHOOK", f"{url}/rest/1/{CODE}/")
        told, ill = diagnosed(source(url), tmp_path)
        wrong = source(url, qualified_stages=["NONE"], custom_fields={"deals": {"cost": "UF_X"}})
        _, refused = diagnosed(wrong, tmp_path)
    with serve(quick(company, is_admin=False).app) as url:
        monkeypatch.setenv("B24_WEBHOOK", f"{url}/rest/1/{CODE}/")
        _, seller = diagnosed(source(url), tmp_path)
    assert ill == {} and [*seller] == ["crm reading"]
    assert "may not see are missing and count as deleted" in seller["crm reading"]
    assert "the way in is valid, rights crm, user" in told["source crm"]
    for entity in ("contacts", "leads", "deals", "calls"):
        # Bitrix24 counts the template of a regular deal among the deals.
        there = len(company.rows(RENAMED[entity])) + (entity == "deals")
        assert told[f"crm.{entity}"].startswith(f"{there:,} rows since 2024-01-01")
    assert "a first load takes about" in told["crm limits"]
    assert [*refused] == ["crm stages of leads", "crm custom fields"]
    assert "does not have NONE" in refused["crm stages of leads"]


def test_calls_are_left_to_telephony_unless_they_are_wanted(smallest, tmp_path):
    portal = quick(smallest[0], scopes=("crm", "user", "department"))
    home = land(Home(tmp_path), portal, calls="ignore", history_from=SINCE)
    assert "voximplant.statistic.get" not in portal.commands
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        assert warehouse.sql("select count(*) from raw_crm.calls").fetchone() == (0,)
    assert {"calls", "call_links"}.isdisjoint(source("http://vendor", calls="ignore").delivers)


def test_no_text_of_a_message_or_task_is_requested(smallest, tmp_path):
    company, home = smallest[0], Home(tmp_path)
    portal = quick(company)
    land(home, portal)
    common = {"ID", "PROVIDER_ID", "OWNER_TYPE_ID", "OWNER_ID", "RESPONSIBLE_ID", "CREATED"}
    special = {"LAST_UPDATED", "AUTHOR_ID", "DIRECTION", "COMPLETED", "DEADLINE"}
    assert portal.selected == common | special
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        for table in ("messages", "tasks"):
            found = warehouse.execute(f"from raw_crm.{table}").fetchall()
            assert len(found) > 50 and PRIVATE not in f"{found}"


def test_messages_and_tasks_are_not_requested_unless_they_are_wanted(smallest, tmp_path):
    portal = quick(smallest[0])
    unwanted = {"calls": "ignore", "messages": False, "tasks": False}
    home = land(Home(tmp_path), portal, **unwanted)
    assert portal.commands["crm.activity.list"] == 0
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        for table in ("messages", "tasks"):
            assert warehouse.sql(f"select count(*) from raw_crm.{table}").fetchone() == (0,)
    assert {"messages", "tasks"}.isdisjoint(source("http://vendor", **unwanted).delivers)
