"""`voronka check-purchase`: an order that arrives everywhere, one for each way to stop, and tests
that leave every total as it is."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from kits.published import fingerprints, query
from kits.shop import Company, Ended, voronka_here

pytestmark = pytest.mark.long

CONFIG = """
[business]
name = "Purchases"
time_zone = "Europe/Moscow"
base_currency = "RUB"
as_of = 2026-06-30
{marks}
[sources.crm]
type = "files"
time_zone = "Europe/Moscow"
currency = "RUB"
tolerance = 0.5

[sources.crm.entities.users]
rows = [{{ user_id = "anna", name = "Anna" }}]

"""
COLUMNS = {
    "stages": "pipeline_id pipeline_name stage_id stage_name stage_order semantics",
    "ad_stats": "date platform account_id account_currency campaign_id campaign_name impressions"
    " clicks spend",
    "leads": "lead_id created_at source_type utm_source utm_medium utm_campaign client_id phone"
    " email contact_id deal_id status",
    "deals": "deal_id pipeline_id stage_id created_at closed_at amount owner_id lead_id lost_reason"
    " contact_id",
    "touchpoints": "touchpoint_id occurred_at type client_id phone lead_id utm_source utm_medium"
    " utm_campaign",
    "payments": "payment_id deal_id paid_at amount currency",
    "calls": "call_id started_at direction result client_phone line_phone",
    "contacts": "contact_id phones",
    "merges": "entity loser_id survivor_id",
    "messages": "message_id sent_at direction channel user_id phone lead_id",
    "tasks": "task_id created_at due_at completed_at kind user_id deal_id",
}
CPC = "yandex,cpc,77"
# By entity, the rows of everybody but the buyer whose order is a test.
ROWS = {
    "stages": ["p,P,new,New,1,open", "p,P,won,Won,2,won", "p,P,lost,Lost,3,lost"],
    "ad_stats": ["2026-06-01,yandex_direct,a,RUB,77,brand,100,10,500"],
    "leads": [
        f"whole,2026-06-01 12:00,form,{CPC},browser-w,8 (999) 000-01-11,Whole@Example.org,,dwhole,",
        f"lost,2026-06-01 12:00,form,{CPC},,+7 999 000-01-12,,,dlost,",
        f"open,2026-06-01 12:00,form,{CPC},,+7 999 000-01-13,,,dopen,",
        f"unpaid,2026-06-01 12:00,form,{CPC},,+7 999 000-01-14,,,dunpaid,",
        f"alone,2026-06-01 12:00,form,{CPC},,+7 999 000-01-15,,,,",
        "unknown,2026-06-01 12:00,form,grapevine,smoke,,,+7 999 000-01-16,,,dunknown,",
        "unmapped,2026-06-01 12:00,form,yandex,cpc,no such,,+7 999 000-01-17,,,dunmapped,",
        f"untied,2026-06-01 12:00,form,{CPC},,+7 999 000-01-18,,k1,,",
        f"named,2026-06-01 12:00,form,{CPC},,+7 999 000-01-19,,,dnowhere,",
        f"bad deal,2026-06-01 12:00,form,{CPC},,+7 999 000-01-20,,,dbad,",
        f"later,2026-07-01 12:00,form,{CPC},,+7 999 000-01-21,,,,",
        f"bad,yesterday,form,{CPC},,+7 999 000-01-22,,,,",
        f"partly,2026-06-01 12:00,form,{CPC},,+7 999 000-01-23,,,dpartly,",
        f"given up,2026-06-01 12:00,form,{CPC},,+7 999 000-01-24,,,,junk",
        "twin,2026-06-01 12:05,form,,,,,8 (999) 000-01-11,,,,",
        "early,2026-06-01 12:00,form,,,,,+7 999 000-01-25,,,dearly,",
        "line 1,2026-06-01 12:00,form,,,,,+7 495 000-00-00,,,,",
        "line 2,2026-06-01 12:00,form,,,,,8 495 000 00 00,,,,",
    ],
    "deals": [
        *(
            f"d{name},p,won,2026-06-01 12:00,2026-06-05 12:00,1000,anna,,,"
            for name in ("whole", "unpaid", "unknown", "unmapped", "partly", "early")
        ),
        "dlost,p,lost,2026-06-01 12:00,2026-06-05 12:00,1000,anna,,too dear,",
        "dopen,p,new,2026-06-01 12:00,,1000,anna,,,",
        "duntied,p,won,2026-06-02 12:00,2026-06-05 12:00,1000,anna,,,k1",
        "dbad,p,won,2026-06-01 12:00,2026-06-05 12:00,a lot,anna,,,",
    ],
    "touchpoints": [
        f"t1,2026-05-30 09:00,visit,browser-w,,,{CPC}",
        f"t2,2026-06-01 11:59,form,browser-w,,whole,{CPC}",
        f"t3,2026-06-01 11:00,visit,browser-lonely,,,{CPC}",
        f"t4,2026-01-10 11:00,visit,,+79990000125,,{CPC}",
        "t5,2026-06-01 11:00,visit,,+79990000116,,grapevine,smoke,",
    ],
    "payments": [
        *(
            f"pay {name},d{name},2026-06-06 12:00,1000,RUB"
            for name in ("whole", "unknown", "unmapped", "untied", "early")
        ),
        "pay part,dpartly,2026-06-06 12:00,400,RUB",
    ],
    "calls": [
        "c1,2026-06-02 12:00,out,answered,+79990000111,+74950000000",
        "c2,2026-06-02 12:00,in,missed,+79990000177,+74950000000",
    ],
    "contacts": ["k1,+7 999 000-01-18"],
    "merges": ["leads,twin,whole"],
    "messages": [
        "m1,2026-06-01 12:01,in,chat,anna,,whole",
        "m2,2026-06-01 12:03,out,chat,anna,,whole",
    ],
    "tasks": ["w task,2026-06-02 12:00,2026-06-03 12:00,2026-06-03 11:00,meeting,anna,dwhole"],
}
# The test buyer: a visit, an order, a call, a payment, and a second visit that leads to nothing.
BUYER = {
    "leads": [f"mystery,2026-06-03 12:00,form,{CPC},browser-q,89990009999,,,dmystery,"],
    "deals": ["dmystery,p,won,2026-06-03 12:00,2026-06-05 12:00,7000,anna,,,"],
    "touchpoints": [
        f"q1,2026-06-03 11:00,visit,browser-q,,,{CPC}",
        "q2,2026-06-20 11:00,visit,browser-q,,,,,",
    ],
    "payments": ["pay q,dmystery,2026-06-06 12:00,7000,RUB"],
    "calls": [
        "q call,2026-06-03 13:00,in,missed,+79990009999,+74950000000",
        "q back,2026-06-03 14:00,out,answered,+79990009999,+74950000000",
    ],
    "messages": [
        "q in,2026-06-03 12:01,in,chat,anna,,mystery",
        "q out,2026-06-03 12:09,out,sms,anna,+79990009999,",
    ],
    "tasks": ["q task,2026-06-03 12:00,2026-06-04 12:00,,meeting,anna,dmystery"],
}
MARK = '[business.test_purchases]\nphones = ["+7 999 000-99-99"]\n'
PERSONAL = re.compile(r"\d{7,}|[\w.]+@example|browser-")


def _company(folder: Path, *groups: dict[str, list[str]], marks: str = "") -> tuple[Company, Ended]:
    folder.mkdir()
    company = Company(folder)
    mapped = "".join(
        f'[sources.crm.entities.{name}]\npath = "{name}.csv"\n'
        + "".join(f'columns.{column} = "{column}"\n' for column in COLUMNS[name].split())
        for name in COLUMNS
    )
    company.write("voronka.toml", CONFIG.format(marks=marks) + mapped)
    for name in COLUMNS:
        rows = [row for group in groups for row in group.get(name, [])]
        company.write(f"{name}.csv", "\n".join([COLUMNS[name].replace(" ", ","), *rows, ""]))
    # One key for all homes: a client has the same id in each.
    state = company.home / "state"
    state.mkdir(parents=True)
    (state / "customer.key").write_text("0" * 64)
    return company, company.run()


@pytest.fixture(scope="module")
def marked(tmp_path_factory) -> Company:
    """The company with the test buyer, whose phone its config names."""
    company, ended = _company(tmp_path_factory.mktemp("one") / "marked", ROWS, BUYER, marks=MARK)
    assert ended.status == 0, ended.text
    return company


@pytest.fixture(scope="module")
def check(marked):
    return lambda *arguments: voronka_here("check-purchase", "--home", marked.home, *arguments)


def _cells(ended: Ended) -> list[list[str]]:
    """The lines of the table, cell by cell."""
    lines = (line for line in ended.text.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def steps(ended: Ended) -> dict[str, str]:
    """By step its state, as the table shows it."""
    return {step: state for _, step, state, *_ in _cells(ended) if step}


def told(ended: Ended) -> str:
    """What the table says of all steps, in one line."""
    return " ".join(cells[-1] for cells in _cells(ended))


@pytest.mark.parametrize(
    "named",
    [
        *(("--phone", "+7 999 000 01 11"), ("--email", "whole@example.org")),
        *(("--client-id", "browser-w"), ("--lead", "whole"), ("--lead", "twin")),
        *(("--deal", "dwhole"), ("--order", "dwhole")),
    ],
)
def test_an_order_that_arrives_everywhere(check, named):
    ended = check(*named)
    assert ended.status == 0, ended.text
    assert set(steps(ended).values()) <= {"arrived"}
    assert "✓ The order arrived everywhere." in ended.text
    assert "lead `whole` of source crm, with 1 merged into it" in told(ended)
    assert "2 in the window of 30 days" in told(ended)


def test_json_has_the_steps_of_the_table(check):
    shown, ended = check("--lead", "lost"), check("--lead", "lost", "--json")
    assert ended.status == shown.status == 1
    document = json.loads(ended.out)
    assert not document["arrived"]
    assert [step["step"] for step in document["steps"]] == [*steps(shown)]
    stop = next(step for step in document["steps"] if step["state"] == "stopped")
    assert stop["step"] == "deal"
    assert stop["advice"] in shown.text
    assert not PERSONAL.search(json.dumps(document["steps"]))


STOPS = {
    ("--lead", "lost"): ("deal", "deal `dlost` is lost: too dear"),
    ("--phone", "89990000113"): ("deal", "deal `dopen` is still open in stage `new`"),
    ("--deal", "dunpaid"): ("payment", "no payment of 1,000.00 RUB"),
    ("--lead", "partly"): ("payment", "only 400.00 of 1,000.00 RUB paid"),
    ("--lead", "alone"): ("deal", "no deal was created from the lead"),
    ("--lead", "given up"): ("deal", "the lead is lost and has no deal"),
    ("--deal", "dunknown"): (
        "channel",
        "utm_source `grapevine`, utm_medium `smoke`) match no channel rule",
    ),
    ("--phone", "+79990000125"): (
        "touch",
        "no touch in the window of 30 days up to 2026-06-01 12:00; the last one before it is of"
        " 2026-01-10",
    ),
    ("--lead", "early"): ("touch", "the lead has no UTM mark, no channel and no referrer"),
    ("--deal", "dearly"): ("touch", "the win is credited to no channel: no touch with a channel"),
    ("--phone", "+7 495 000-00-00"): (
        "lead",
        "the identifier belongs to 2 clients and is blocked as `own_line`",
    ),
    ("--lead", "unmapped"): (
        "campaign",
        "utm_campaign `no such` is not the id or name of exactly one campaign",
    ),
    ("--lead", "untied"): ("deal", "is not linked to the later deal `duntied` of the client"),
    ("--deal", "duntied"): ("lead", "deal `duntied` has no lead"),
    ("--lead", "named"): ("deal", "no source delivered deal `dnowhere`"),
    ("--lead", "bad deal"): ("deal", "deal `dbad` is in quarantine: source crm, deals.csv row 11"),
    ("--lead", "later"): ("lead", "lead `later` was created on 2026-07-01 12:00, after the day"),
    ("--phone", "+79990000121"): ("lead", "Check again after the night as of 2026-07-01"),
    ("--lead", "bad"): ("lead", "the row of the lead is in quarantine: source crm, leads.csv row"),
    ("--phone", "+79990000122"): ("lead", "its row may be one of those in quarantine"),
    ("--client-id", "browser-lonely"): ("lead", "leads.csv row"),
    ("--lead", "no such lead"): ("lead", "no source delivered this id as a lead or a deal"),
    ("--deal", "no such deal"): ("deal", "no source delivered deal `no such deal`"),
}


@pytest.mark.parametrize("named", STOPS, ids=" ".join)
def test_an_order_that_stops_says_where_and_why(check, named):
    step, reason = STOPS[named]
    ended = check(*named)
    assert ended.status == 1, ended.text
    stopped = next(name for name, state in steps(ended).items() if state == "stopped here")
    assert stopped == step, ended.text
    assert f"✗ Stopped at {step}: " in ended.text
    assert reason in ended.text
    assert "  Next: " in ended.text


def test_nothing_personal_is_printed(check):
    for kind, value, shown in (
        ("--phone", "+79990000111", "phone ***11"),
        ("--email", "Whole@example.org", "email ***le"),
        ("--client-id", "browser-w", "client id ***-w"),
    ):
        ended = check(kind, value)
        assert ended.text.startswith(f"Order of {shown} ")
        assert not PERSONAL.search(ended.text), ended.text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "check-purchase was given nothing to look for, expected one of --phone, --email"),
        (("--lead", "a", "--deal", "b"), "check-purchase was given --deal, --lead, expected"),
        (("--phone", "12"), "--phone is not a phone number of RU, expected one like +79991234567"),
        (("--email", "whole"), "--email is not an e-mail, expected one like name@example.org"),
        (("--lead", " "), "--lead is empty, expected a value"),
    ],
)
def test_operator_errors(check, arguments, sentence):
    ended = check(*arguments)
    assert ended.status == 2
    assert sentence in ended.text


def test_a_home_without_a_night(tmp_path):
    ended = voronka_here("check-purchase", "--home", tmp_path, "--lead", "1")
    assert ended.status == 2
    assert f"no night is published in {tmp_path}: run `voronka nightly` first" in ended.text
    assert list(tmp_path.iterdir()) == []


def test_a_running_night_is_not_disturbed(marked, check):
    lock = FileLock(marked.home / "state" / "run.lock")
    with lock:
        ended = check("--lead", "whole")
    assert ended.status == 2
    assert "another run is active in" in ended.text


def test_a_marked_order_arrives_and_is_kept_out(check):
    for named in (("--phone", "8 999 000 99 99"), ("--lead", "mystery"), ("--deal", "dmystery")):
        ended = check(*named)
        assert ended.status == 0, ended.text
        found = steps(ended)
        assert {found.pop("channel mart"), found.pop("credit")} == {"kept out"}
        assert set(found.values()) == {"arrived"}
        assert "The order arrived everywhere and is kept out of the marts." in ended.text
        kept = "the marts hold 15 leads and 7 won deals without it, as many as the facts"
        assert kept in told(ended)


def test_a_marked_order_changes_no_total(marked, tmp_path):
    """What is published with the test order and without it; only facts and dimensions know it."""
    without, ended = _company(tmp_path / "without", ROWS)
    assert ended.status == 0, ended.text
    with_test, real = fingerprints(marked.marts), fingerprints(without.marts)
    marts = {name for name in real if name.startswith("mart_")}
    assert len(marts) > 10
    # They count what was delivered: the rows of the test are among them.
    marts -= {"mart_data_quality", "mart_completeness"}
    # It names the tests as one of the causes between the platform and the CRM, beside its totals.
    marts -= {"mart_channel_reconciliation"}
    business = "select * exclude (test_leads, unexplained) from marts.mart_channel_reconciliation"
    assert Counter(query(marked.marts, business)) == Counter(query(without.marts, business))
    tests = "select sum(test_leads) from marts.mart_channel_reconciliation"
    assert query(marked.marts, tests) == [(1,)]
    assert {name for name in marts if with_test[name] != real[name]} == set()
    assert query(
        marked.marts,
        """
        select
            (select count(*) from marts.fct_lead where is_test),
            (select count(*) from marts.fct_deal where is_test),
            (select count(*) from marts.fct_touchpoint where is_test),
            (select count(*) from marts.fct_call where is_test),
            (select count(*) from marts.fct_message where is_test),
            (select count(*) from marts.fct_task where is_test)
        """,
    ) == [(1, 1, 3, 2, 2, 1)]


def test_without_a_mark_the_order_is_counted(marked, tmp_path):
    unmarked, ended = _company(tmp_path / "unmarked", ROWS, BUYER)
    assert ended.status == 0, ended.text
    with_test, counted = fingerprints(marked.marts), fingerprints(unmarked.marts)
    assert {name for name in counted if with_test[name] != counted[name]} >= {
        *("mart_channel_conversion", "mart_channel_attribution", "mart_manager_kpi"),
        *("mart_call_daily", "mart_funnel_stage", "mart_pipeline_movement"),
        *("mart_correspondence_daily", "mart_workload"),
    }
    check = voronka_here("check-purchase", "--home", unmarked.home, "--lead", "mystery")
    assert check.status == 0 and "kept out" not in check.text


def test_marks_reach_no_log_and_no_variable(marked):
    for folder in (marked.home / "state", marked.home / "published"):
        for file in folder.rglob("*"):
            if file.is_file() and file.suffix not in (".duckdb", ".db"):
                assert b"9990009999" not in file.read_bytes(), file
    variables = query(marked.home / "warehouse.duckdb", "select value from ledger.variables")
    assert not [value for (value,) in variables if "9990009999" in value]
