"""HubSpot: the demo company through its CRM API, and back to the entities."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

import duckdb
import pytest

from kits.crm import Crm, read_three_times
from kits.crm_cases import CrmCases
from kits.vendors import conform_vendor, diagnosed, land_vendor, same
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.emulators import hubspot
from orchestration.emulators.company import LAST_DAY, Company
from orchestration.emulators.faults import Faults, Faulty
from orchestration.emulators.hubspot import (
    CURRENCY,
    CUSTOM_FIELDS,
    POST_WON,
    PRIVATE,
    RENAMED,
    SCOPES,
    TOKEN,
    Hubspot,
    deal_id,
)
from orchestration.emulators.server import serve
from orchestration.sources.connectors import slices as landing
from orchestration.sources.crm.hubspot import api, reader
from orchestration.sources.crm.hubspot.config import HubspotSource

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
KINDS = ("contacts", "leads", "deals", "calls", "emails", "communications", "tasks")
CRM = Crm(hubspot, KEYS)
rows, keyed = CRM.rows, CRM.keyed


@pytest.fixture(scope="module")
def company() -> Company:
    return small_company()


def small_company(scale: float = 0.02) -> Company:
    """More deleted deals than by itself, and some contacts with a second e-mail."""
    company = Company(scale)
    company.connection.execute(
        f"update now.deals set is_deleted = true, updated_at = timestamp '{LAST_DAY} 12:00:00'"
        " where hash(deal_id) % 31 = 0"
    )
    for state in ("now", "before"):
        company.connection.execute(
            f"update {state}.contacts set emails = emails || '; second.' || emails"
            " where hash(contact_id) % 5 = 0"
        )
    return company


@pytest.fixture(autouse=True, scope="module")
def token() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUBSPOT_TOKEN", TOKEN)
        yield


def source(url: str, **options: object) -> HubspotSource:
    given = {
        "type": "hubspot",
        "base_url": url,
        "token_env": "HUBSPOT_TOKEN",
        "history_from": date(2024, 1, 1),
        "post_won_stages": [POST_WON],
        "calls": "take",
        "messages": True,
        "tasks": True,
        "custom_fields": CUSTOM_FIELDS,
    }
    return HubspotSource(**given | options)


def land(home: Home, hubspot: Hubspot, name: str = "crm", **options: object) -> Home:
    rates = {
        "requests_per_ten_seconds": hubspot.per_ten_seconds,
        "searches_per_second": hubspot.searches,
    }
    with serve(hubspot.app) as url:
        land_vendor(home, source(url, **rates | options), name)
    return home


def quick(company: Company, **options: object) -> Hubspot:
    """A service whose limits no test has to wait for."""
    return Hubspot(company, per_ten_seconds=1_000_000, searches=100_000, **options)


@pytest.fixture(scope="module")
def asked() -> list[Counter[str]]:
    """What the nights of `fresh` asked for, by path."""
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
def whole(tiny) -> tuple[Company, Home]:
    return tiny


class TestAsEveryCrm(CrmCases):
    crm = CRM
    limits = ("window", "second")
    mistakes = tuple(
        (f'type = "hubspot"\n{way_in}', found)
        for way_in, found in (
            ("", "either token_env or oauth"),
            ('token_env = "A"\nsubdomain = "x"', "unknown key"),
            (
                'token_env = "A"\nqualified_stages = ["1"]\nunqualified_stages = ["1"]',
                "each stage to be named once",
            ),
            (
                'token_env = "A"\nmessages = true\n[sources.crm.custom_fields.messages]\n'
                'direction = "hs_communication_body"',
                "direction is `hs_communication_body`, expected a property of the account's own",
            ),
        )
    )
    secret = TOKEN
    refused = "answered 401: .*set HUBSPOT_TOKEN to one"
    window = (date(2025, 3, 1), date(2025, 9, 15))
    times: ClassVar = {"leads": "updated_at"}
    slices = frozenset({f"deals changed since 2025-03-{day} 00:00" for day in ("01", "31")})
    variables = "HUBSPOT"
    quick = staticmethod(quick)

    def service(self, company: Company, now: Callable[[], float]) -> Hubspot:
        return Hubspot(company, clock=now, most=40)

    def configured(self, patch, url, secret, **options) -> HubspotSource:
        patch.setenv("HUBSPOT_TOKEN", secret)
        return source(url, **options)

    def oauth(self, url):
        return {"token_env": None}, {}

    def assert_backfilled(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        """Nothing is known of what changed before."""
        assert warehouse.sql("select count(*) from raw_crm.read").fetchone() == (0,)


def test_a_logged_call_links_a_call_of_telephony_to_its_deal(company, warehouse):
    CRM.assert_calls_are_linked(company, warehouse)
    assert "call_links" in source("http://vendor", calls="link").delivers


def test_a_later_night_reads_what_changed(fresh, asked):
    first, later, whole = asked
    assert first.keys() == whole.keys()
    for kind in KINDS:
        # Its archive, and a search.
        assert later[kind] == later[f"{kind}/search"] == 1
    assert later["calls/batch/read"] < whole["calls"] / 2


@pytest.fixture(scope="module")
def tiny(token, tmp_path_factory) -> tuple[Company, Home]:
    """The smallest company, and a home where it was read in one night without any trouble."""
    company = small_company(0.008)
    return company, land(Home(tmp_path_factory.mktemp("tiny")), quick(company))


def forgetful(whole: Home, place: Path) -> Home:
    """A copy of the home that has all rows come again, as changes."""
    home = Home(shutil.copytree(whole.root, place))
    with duckdb.connect(home.warehouse) as connection:
        for table in (*KINDS, "history", "associations"):
            connection.execute(f"delete from raw_crm.{table}")
        connection.execute("update raw_crm.read set since = '2024-01-01'")
    return home


def test_halves_and_nothings_of_the_search_are_all_read_within_the_limits(
    tiny, tmp_path, quick_time
):
    company, whole = tiny
    hubspot = Hubspot(
        company, per_ten_seconds=40, searches=2, most=8, ragged=True, clock=quick_time.now
    )
    # What a batch could not read is asked for again.
    hubspot.failing = Counter({next(iter(hubspot.things("deals"))): 2})
    same(land(forgetful(whole, tmp_path / "home"), hubspot), whole, "crm")
    assert hubspot.asked["calls/search"] > 50 and +hubspot.failing == Counter()
    assert hubspot.window.broken == hubspot.second.broken == 0
    assert len(hubspot.times) > 200 and busiest(hubspot.times, 10) >= 0.9 * 40


def busiest(times: list[float], seconds: float) -> int:
    """The most requests in any window of so many seconds."""
    return max(sum(first <= other < first + seconds for other in times) for first in times)


def test_what_no_address_and_no_answer_has_room_for_is_read_by_other_requests(
    tiny, tmp_path, monkeypatch
):
    """Properties are asked for in a body; associations go on in lists of their own."""
    company, whole = tiny
    monkeypatch.setattr(api, "_LONGEST_LIST", 100)
    hubspot = quick(company, most=1)
    same(land(Home(tmp_path), hubspot), whole, "crm")
    assert hubspot.asked["contacts/batch/read"] == len(hubspot.things("contacts"))
    assert any(path.endswith("/associations/contacts") for path in hubspot.asked)


def test_more_changes_at_once_than_a_search_gives(tiny, tmp_path, quick_time):
    """An import: a search gives its first 10,000 objects alone, and ids sort as text. It has a rate
    of its own, which is used and kept."""
    company = small_company(0.008)
    company.connection.execute("update now.contacts set updated_at = timestamp '2026-06-30 12:00'")
    hubspot = Hubspot(
        company, per_ten_seconds=1_000_000, searches=3, most=20, cap=250, clock=quick_time.now
    )
    ids = list(hubspot.things("contacts"))
    assert len(ids) > 80 and sorted(ids) != sorted(ids, key=int)
    home = land(forgetful(tiny[1], tmp_path / "home"), hubspot)
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        came = connection.execute("select id from raw_crm.contacts").fetchall()
    assert sorted(came) == sorted((id_,) for id_ in ids)
    searches = sum(n for path, n in hubspot.asked.items() if path.endswith("/search"))
    assert searches > 30 and hubspot.second.broken == 0
    assert searches - hubspot.searches >= 0.9 * hubspot.searches * sum(quick_time.slept)


def test_associations_that_are_made_later_are_read_by_a_later_night(company, fresh, tmp_path):
    """They change no property of the objects, so the search finds nothing."""
    hubspot, home = quick(company), Home(tmp_path)
    hubspot.unlinked = {id_ for kind in KINDS for id_ in list(hubspot.things(kind))[::2]}
    land(home, hubspot)
    hubspot.unlinked.clear()
    hubspot.asked.clear()
    land(home, hubspot, association_days=10_000)
    same(home, fresh, "crm")
    assert sum(n for path, n in hubspot.asked.items() if path.startswith("associations")) < 40
    # Objects of the last days only, one request for each thousand.
    hubspot.asked.clear()
    land(home, hubspot, association_days=1)
    same(home, fresh, "crm")


def test_late_search_results_are_read_the_next_night(tiny, tmp_path):
    company, home = small_company(0.008), Home(shutil.copytree(tiny[1].root, tmp_path / "home"))
    hubspot = quick(company)
    late, soon = list(hubspot.things("deals"))[:2]
    for id_, minute in ((late, 0), (soon, 59)):
        company.connection.execute(
            f"update now.deals set cost = {minute}, updated_at = timestamp '{LAST_DAY} 20:{minute}'"
            f" where {deal_id('deal_id')} = '{id_}'"
        )
    hubspot.forget()
    hubspot.unindexed = {late}
    land(home, hubspot)
    assert cost(home, late) != 0 and cost(home, soon) == 59
    hubspot.unindexed = set()
    # It is older than what was read, and still it comes.
    land(home, hubspot)
    assert cost(home, late) == 0


def cost(home: Home, id_: str) -> float | None:
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        query = "select cast(properties->>'deal_cost' as double) from raw_crm.deals where id = ?"
        return connection.execute(query, [id_]).fetchone()[0]


def test_what_changes_or_goes_while_it_is_read_is_not_lost(tiny, tmp_path):
    company = small_company(0.008)
    hubspot = quick(company, most=10)
    gone = min(hubspot.things("contacts"))
    edits = iter(range(1, 6))

    def meanwhile(path: str) -> bool:
        """What has been found already changes, and moves to the end; one is archived."""
        if path == "contacts/batch/read" and not hubspot.deleted:
            hubspot.deleted["contacts"] = {gone: datetime(2026, 7, 1, 1)}
            return True
        if path != "calls/search" or not (number := next(edits, None)):
            return False
        company.connection.execute(
            "update now.calls set talk_seconds = talk_seconds + 1, updated_at = timestamp"
            f" '{LAST_DAY} 20:00:00' + to_seconds({number}) where call_id in (select call_id"
            " from now.calls where direction != 'internal' order by updated_at limit 3)"
        )
        return True

    hubspot.between = meanwhile
    home = land(forgetful(tiny[1], tmp_path / "home"), hubspot)
    assert next(edits, None) is None
    with duckdb.connect(home.warehouse, read_only=True) as connection:
        archived = connection.execute("select kind, id from raw_crm.archived").fetchall()
    assert ("contacts", gone) in archived
    same(home, land(Home(tmp_path / "after"), hubspot), "crm")


def test_a_first_load_that_broke_off_goes_on_from_there(tiny, tmp_path, monkeypatch):
    company, whole = tiny
    hubspot, home = quick(company, most=20, daily=22), Home(tmp_path)
    said = r"answered 429: quota used up \(1 attempt\).*tomorrow"
    with monkeypatch.context() as patch, pytest.raises(SourceError, match=said):
        patch.setattr(reader, "ASSOCIATIONS_PAGE", 50)
        patch.setattr(landing, "_SLICE_ROWS", 100)
        land(home, hubspot)
    begun = hubspot.asked.copy()
    hubspot.daily, hubspot.asked = 250_000, Counter()
    land(home, hubspot)
    same(home, whole, "crm")
    pages = -(-len(hubspot.things("leads")) // 20)
    # What was landed is not asked for again; a last request is for the archive.
    assert 3 < begun["leads"] < pages > hubspot.asked["leads"] - 1
    assert hubspot.asked["contacts/search"] == 1


@pytest.mark.parametrize("scope", ["owners", "leads", "deals", "emails"])
def test_a_missing_scope_is_one_sentence(tiny, tmp_path, scope):
    hubspot = quick(tiny[0], scopes=SCOPES - {scope})
    with pytest.raises(
        ConfigError, match=rf"{scope}.* answered 403.*the app of HUBSPOT_TOKEN the scope"
    ):
        land(Home(tmp_path), hubspot)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("html", "a body that is not JSON"), ("error", "answered 502"), ("storm", "answered 429")],
)
def test_a_service_that_is_down_all_night_is_one_sentence(tiny, tmp_path, quick_time, kind, said):
    down = Faulty(quick(tiny[0]).app, Faults(1, share=1, kinds=(kind,), in_a_row=1000))
    with serve(down) as url, pytest.raises(SourceError, match=said) as raised:
        land_vendor(Home(tmp_path), source(url), "crm")
    assert "run again later" in str(raised.value)


@pytest.fixture(scope="module")
def bin_of(tiny) -> list[str]:
    """Ids of the deals in the archive of the smallest company."""
    deals = quick(tiny[0]).things("deals").values()
    return [deal.id for deal in deals if deal.archived]


def restore_some(home: Home, bin_of: list[str], contact: str) -> None:
    """Two nights. Of the deals in the archive the first is restored, the second is too and deleted
    again, the third is deleted for good; the contact is deleted, and restored the night after.
    Nothing but the archive tells of that."""
    company = small_company(0.008)
    hubspot = quick(company, purged={"deals": {bin_of[2]}})
    for moment, in_the_bin, ids in (
        (datetime(2026, 7, 1, 1), "false", bin_of[:2]),
        (None, "true", bin_of[1:2]),
    ):
        company.connection.execute(
            f"update now.deals set is_deleted = {in_the_bin}"
            f" where list_contains({ids}, {deal_id('deal_id')})"
        )
        hubspot.deleted = {"contacts": {contact: moment}} if moment else {}
        hubspot.forget()
        land(home, hubspot)


@pytest.fixture(scope="module")
def edited(tiny, bin_of, vendor_models, tmp_path_factory) -> Iterator[duckdb.DuckDBPyConnection]:
    """An account in which more happened than in the demo company: its raw tables after some nights,
    and rows added by hand as the vendor would deliver them."""
    home = Home(shutil.copytree(tiny[1].root, tmp_path_factory.mktemp("edited") / "home"))
    restore_some(home, bin_of, min(quick(tiny[0]).things("contacts")))
    at = "timestamp '2026-06-29 10:00:00'"
    with duckdb.connect(home.warehouse) as connection:
        for number, stage in ((1, "gone"), (2, "closedwon")):
            connection.execute(
                "insert into raw_crm.deals (id, pipeline, dealstage, created_at, updated_at,"
                f" source) values ('{number}', 'default', '{stage}', {at}, {at}, 'crm')"
            )
            connection.execute(
                "insert into raw_crm.history (kind, id, property, value, changed_at, place, source)"
                f" values ('deals', '{number}', 'dealstage', '{stage}', {at}, 1, 'crm')"
            )
        for number, hours in ((1, -1), (2, 1)):
            connection.execute(
                "insert into raw_crm.archived (kind, id, archived_at, source)"
                f" values ('deals', '{number}', {at} + to_hours({hours}), 'crm')"
            )
        contact = connection.execute("select max(id) from raw_crm.contacts").fetchone()[0]
        connection.execute(
            "insert into raw_crm.archived (kind, id, archived_at, source)"
            f" values ('contacts', '{contact}', timestamp '2026-07-01', 'crm')"
        )
        connection.execute("delete from raw_crm.current_stages where id = 'qualifiedtobuy'")
        connection.execute(
            "update raw_crm.owners set first_name = null, last_name = null, teams = '[]'"
            " where id = '441'"
        )
        connection.execute("update raw_crm.stages set lead_state = null")
    told = source("http://vendor", qualified_stages=["8001"], unqualified_stages=["8002"])
    with conform_vendor(home, {"crm": told}, vendor_models) as connection:
        yield connection


def test_what_has_left_the_archive_is_there_again_unless_it_is_gone_for_good(bin_of, edited):
    deals = rows(edited, "crm", "deals")
    assert [deals[(id_,)]["is_deleted"] for id_ in bin_of[:3]] == [False, True, True]
    # With what it is associated with.
    assert deals[(bin_of[0],)]["contact_id"] and not deals[(bin_of[1],)]["contact_id"]


def test_a_change_restores_an_archived_row_and_archived_rows_are_deleted(tiny, edited):
    deals = rows(edited, "crm", "deals")
    assert (deals[("1",)]["is_deleted"], deals[("2",)]["is_deleted"]) == (False, True)
    contacts = keyed("contacts", tiny[0].rows(RENAMED["contacts"]))
    assert contacts.keys() - rows(edited, "crm", "contacts").keys() == {max(contacts)}


def test_a_deal_without_a_currency_has_the_accounts(edited):
    deal = rows(edited, "crm", "deals")[("2",)]
    assert (deal["currency"], deal["status"]) == (CURRENCY, "won")


def test_rows_that_the_account_no_longer_lists_are_kept(edited):
    stages = rows(edited, "crm", "stages")
    assert stages[("default", "qualifiedtobuy")]["stage_name"] == "In conversation"
    assert stages[("default", "qualifiedtobuy")]["is_deleted"] is True
    forgotten = stages[("default", "gone")]
    assert (forgotten["pipeline_name"], forgotten["stage_name"]) == ("Retail", "Stage gone")
    assert forgotten["is_deleted"] is True
    owner = rows(edited, "crm", "users")[("441",)]
    assert (owner["name"], owner["team"]) == ("albert.volkov@example.org", None)


def test_stages_of_leads_are_known_by_the_config_where_the_pipeline_does_not_say(tiny, edited):
    own = Counter(row["status"] for row in tiny[0].rows(RENAMED["leads"]))
    came = Counter(row["status"] for row in rows(edited, "crm", "leads").values())
    assert came == own and len(own) == 4


def test_the_doctor_counts_and_loads_nothing(tiny, tmp_path, quick_time):
    company, _ = tiny
    with serve(quick(company, daily=100).app) as url:
        well, ill = diagnosed(source(url), tmp_path)
        wrong = source(url, post_won_stages=["4711"], custom_fields={"deals": {"cost": "deel"}})
        _, refused = diagnosed(wrong, tmp_path)
    told = well | ill
    assert "the token is valid, account 62515, currency EUR" in told["source crm"]
    contacts = len(company.rows(RENAMED["contacts"]))
    assert told["crm.contacts"] == f"{contacts:,} there are"
    assert "a first load takes about" in told["crm limits"]
    assert "requests are left today" in told["crm limits"]
    assert [*refused] == ["crm stages", "crm properties of deals"]
    assert "does not have 4711" in refused["crm stages"]
    assert "deel" in refused["crm properties of deals"]


def test_no_text_of_a_message_or_task_is_requested(company, fresh, tmp_path):
    """All that is asked for, in the list, by changes and of the archive."""
    hubspot = quick(company)
    land(Home(shutil.copytree(fresh.root, tmp_path / "home")), hubspot)
    land(Home(tmp_path / "new"), hubspot)
    common = {"hubspot_owner_id", "hs_timestamp", "hs_createdate", "hs_lastmodifieddate"}
    archive = {"hs_object_id"}
    assert {kind: hubspot.wanted[kind] - common for kind in KINDS[-3:]} == {
        "emails": archive
        | {
            *("hs_email_direction", "hs_email_status", "hs_email_thread_id"),
            *("hs_object_source_label", "hs_incoming_email_is_out_of_office"),
        },
        "communications": archive
        | {"hs_communication_channel_type", "hs_object_source_label", "message_direction"},
        "tasks": {"hs_task_status", "hs_task_type", "hs_task_completion_date"},
    }
    assert PRIVATE in f"{next(iter(hubspot.things('emails').values()))}"
    with duckdb.connect(fresh.warehouse, read_only=True) as connection:
        for table in ("emails", "communications", "tasks", "archived_tasks"):
            assert PRIVATE not in f"{connection.execute(f'from raw_crm.{table}').fetchall()}"


def test_a_deleted_message_goes_and_comes_back(tiny, vendor_models, tmp_path):
    company, home = tiny[0], Home(shutil.copytree(tiny[1].root, tmp_path / "home"))
    (sent,) = company.rows(f"from ({RENAMED['messages']}) where channel = 'email' limit 1")
    kinds = {"emails": sent["message_id"], "tasks": min(quick(company).things("tasks"))}
    there = []
    for deleted in (kinds, {}):
        hubspot = quick(company)
        hubspot.deleted = {kind: {id_: datetime(2026, 7, 1, 1)} for kind, id_ in deleted.items()}
        land(home, hubspot)
        with conform_vendor(home, {"crm": source("http://vendor")}, vendor_models) as connection:
            messages, tasks = (rows(connection, "crm", name) for name in ("messages", "tasks"))
            there.append(((kinds["emails"],) in messages, tasks[(kinds["tasks"],)]["is_deleted"]))
    assert there == [(False, True), (True, False)]


def test_an_app_that_may_not_read_emails_is_told_so_by_the_doctor(tiny, tmp_path):
    with serve(quick(tiny[0], scopes=SCOPES - {"emails"}).app) as url:
        well, ill = diagnosed(source(url), tmp_path)
    assert [*ill] == ["crm.emails"] and "crm.tasks" in well
    assert "answered 403" in ill["crm.emails"] and "messages or tasks to false" in ill["crm.emails"]


def test_unneeded_data_is_not_requested(tiny, tmp_path):
    given = SCOPES - {"leads", "calls", *KINDS[-3:]}
    hubspot, since = quick(tiny[0], scopes=given), date(2026, 1, 1)
    unwanted = {
        "leads": False,
        "calls": "ignore",
        "messages": False,
        "tasks": False,
        "custom_fields": {
            name: fields
            for name, fields in CUSTOM_FIELDS.items()
            if name not in ("leads", "messages")
        },
    }
    home = land(Home(tmp_path), hubspot, history_from=since, **unwanted)
    assert not any(path.startswith(("leads", "calls", *KINDS[-3:])) for path in hubspot.asked)
    with duckdb.connect(home.warehouse, read_only=True) as warehouse:
        assert warehouse.sql("select count(*) from raw_crm.calls").fetchone() == (0,)
        (oldest,) = warehouse.sql("select min(updated_at) from raw_crm.contacts").fetchone()
    assert oldest.date() >= since
    delivered = source("http://vendor", **unwanted).delivers
    assert {"leads", "calls", "call_links", "messages", "tasks"}.isdisjoint(delivered)
