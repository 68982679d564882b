"""What people are told after a night: real webhooks and a real mailbox on this machine."""

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from dagster import (
    DagsterEvent,
    DagsterInstance,
    DagsterRunStatus,
    Failure,
    build_run_status_sensor_context,
    job,
    op,
)

from kits.http import Asked, Reply, Vendor, vendor
from kits.mailbox import mailbox
from kits.shop import DEALS, Company
from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.instance import COMMAND_LINE, CRASHED
from orchestration.notify.messages import failure
from orchestration.notify.night import tell_published
from orchestration.notify.send import Message, addresses, send
from orchestration.publish import publications
from orchestration.schedules import notify_sensors
from orchestration.settings import load_settings

NOTIFY = """
[notify]
digest_env = "TELL_SALES"
failure_env = "TELL_ENGINEERS"
finding_env = "TELL_SALES"
"""


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)


@pytest.fixture
def hook() -> Iterator[Vendor]:
    with vendor(lambda asked: Reply()) as found:
        yield found


@pytest.fixture
def company(tmp_path: Path, open_shop) -> Company:
    shop = open_shop(tmp_path / "shop")
    config = (shop.folder / "voronka.toml").read_text()
    shop.write("voronka.toml", config + NOTIFY)
    return shop


def webhook(found: Vendor, name: str = "sales") -> str:
    return found.url.replace("http://", "json://") + f"/{name}"


def told(asked: Asked) -> dict:
    return json.loads(asked.body)


def test_the_digest_tells_what_the_marts_say(company, hook, monkeypatch):
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    ended = company.run("notify")
    assert (ended.status, ended.text.strip()) == (0, "✓ sent to 1 address"), ended.text
    (message,) = map(told, hook.asked)
    assert message["title"] == "Shop: sales as of 2026-03-31"
    with duckdb.connect(company.marts, read_only=True) as marts:
        ((won, revenue),) = marts.execute(
            "select count(*), sum(amount_base) from marts.fct_deal where status = 'won'"
        ).fetchall()
        ((unknown, every),) = marts.execute(
            "select count(*) filter (where status_color = 'none'), count(*)"
            " from marts.mart_deal_risk"
        ).fetchall()
    assert (won, revenue) == (2, Decimal("3000.50"))
    lines = message["message"].splitlines()
    assert f"Won deals, March 2026: {won}; February 2026 to the same day: no data" in lines
    assert "Revenue, March 2026: 3,000 RUB; February 2026 to the same day: no data" in lines
    # Without calls, tasks and the history of stages nothing is known of an open deal.
    assert unknown == every > 0
    assert f"Open deals at risk: not known for {every} of {every}" in lines
    assert not [line for line in lines if line.startswith(("Leads", "Ad spend"))], "no source"


def test_a_dry_run_prints_the_digest_and_sends_nothing(company, hook, monkeypatch):
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    ended = company.run("notify", "--dry-run")
    assert ended.status == 0 and "Won deals, March 2026: 2" in ended.text
    assert hook.asked == []


def test_the_report_is_attached_to_mail(company, monkeypatch):
    report = company.home / "published" / "report"
    report.mkdir(exist_ok=True)
    (report / "index.html").write_text("<html>the report</html>")
    with mailbox() as box:
        monkeypatch.setenv("TELL_SALES", box.url)
        assert company.run("notify").status == 0
    (mail,) = box.received
    assert mail["subject"] == "Shop: sales as of 2026-03-31"
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "index.html"
    content = attached.get_payload(decode=True)
    assert b"the report" in content


def test_a_webhook_gets_the_report_unless_the_config_says_no(company, hook, monkeypatch):
    report = company.home / "published" / "report"
    report.mkdir(exist_ok=True)
    (report / "index.html").write_text("<html>the report</html>")
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    assert company.run("notify").status == 0
    config = (company.folder / "voronka.toml").read_text()
    company.write("voronka.toml", config + "attach_report = false\n")
    assert company.run("notify").status == 0
    with_report, without = map(told, hook.asked)
    (attached,) = with_report["attachments"]
    assert base64.b64decode(attached["base64"]) == b"<html>the report</html>"
    assert without["attachments"] == []


def test_a_refused_night_is_told_with_what_is_still_published(company, hook, monkeypatch):
    monkeypatch.setenv("TELL_ENGINEERS", webhook(hook, "engineers"))
    company.write("deals.csv", DEALS.replace("1000.50", "a thousand"))
    ended = company.run()
    assert ended.status == 1, ended.text
    (message,) = map(told, hook.asked)
    assert message["title"] == "Shop: the night as of 2026-03-31 was not published"
    *why, stands = message["message"].splitlines()
    assert why == [line.replace("`a thousand`", "a value") for line in _failed(ended.text)]
    assert "`amount`: a value is not a number" in why[0]
    current = (company.home / "published").readlink().name
    assert stands.startswith(f"Still published: {current} as of 2026-03-31, published at ")


def _failed(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("✗ crm.")]


@pytest.mark.long
def test_a_night_whose_message_is_not_taken_is_published_all_the_same(company, monkeypatch):
    with vendor(lambda asked: Reply(status=500)) as broken:
        monkeypatch.setenv("TELL_SALES", webhook(broken, "secret-token-1"))
        ended = company.run()
    assert ended.status == 0, ended.text
    assert "! the digest was not sent: TELL_SALES: address 1 (JSON) did not take" in ended.text
    assert "secret-token" not in ended.text and "127.0.0.1" not in ended.text
    assert len(broken.asked) == 3, "each message is tried three times"


def test_a_finding_is_told_once(company, hook, monkeypatch):
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    settings, home = load_settings(company.folder / "voronka.toml"), Home(company.home)
    company.marts.chmod(0o600)
    with duckdb.connect(company.marts) as marts:
        columns = "finding_id, period_start, place, severity, sentence_en"
        marts.execute(
            f"insert into marts.mart_finding ({columns}) values"
            " ('one', date '2026-03-01', 1, 'high', 'Prices.'),"
            " ('two', date '2026-03-01', 2, 'medium', 'Weather.'),"
            " ('old', date '2026-02-01', 1, 'high', 'Snow.')"
        )
    for _ in range(2):
        assert tell_published(settings, home) == []
    alerts = [message for message in map(told, hook.asked) if "new findings" in message["title"]]
    assert [message["message"] for message in alerts] == ["• Prices."]


def test_others_are_told_although_one_refuses(hook, monkeypatch):
    with vendor(lambda asked: Reply(status=500)) as broken:
        monkeypatch.setenv("TELL", f"{webhook(broken)}\n{webhook(hook)}")
        with pytest.raises(SourceError, match=r"^TELL: address 1 \(JSON\) did not take the"):
            send(Message("title", ["line"]), "TELL")
    assert len(hook.asked) == 1


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("crm.deals, column `Sum`: `Ivan` is not a number", "`Sum`: a value is not a number"),
        (
            "fct_deal: 2 of 4 rows: amount `Ivan` owner_id `u1` in f.csv",
            "amount a value owner_id a",
        ),
        ("x: `Ivan` (3x)", "x: a value (3x)"),
        ("x: `a`Ivan` (3x)", "x:"),
        ("deliver `stage_events` of `ivan@example.org`", "deliver `stage_events` of a value"),
    ],
)
def test_no_cell_leaves_the_house(sentence, told):
    told_line, _ = failure([sentence], "Shop", "run 1", None, "en").lines
    assert told in told_line and "Ivan" not in told_line and "ivan" not in told_line


def run_of(instance: DagsterInstance, why: str | None, tags: dict[str, str]):
    """The context that Dagster gives to a sensor when a run of the job `nightly` has ended, failed
    if there is a sentence why."""

    @op
    def publish():
        if why:
            raise Failure(why)

    @job(name="nightly")
    def nightly():
        publish()

    ended = nightly.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    kind = "PIPELINE_FAILURE" if why else "PIPELINE_SUCCESS"
    (event,) = (one for one in ended.all_events if one.event_type_value == kind)
    return context_of(instance, ended.run_id, event)


def context_of(instance: DagsterInstance, run_id: str, event: DagsterEvent):
    run = instance.get_run_by_id(run_id)
    return build_run_status_sensor_context("told", event, instance, run)


@pytest.fixture
def sensors(company):
    found = notify_sensors(load_settings(company.folder / "voronka.toml"), Home(company.home))
    return {sensor.name: sensor for sensor in found}


def test_the_sensors_tell_of_the_nights_of_the_schedule(company, sensors, hook, monkeypatch):
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    monkeypatch.setenv("TELL_ENGINEERS", webhook(hook, "engineers"))
    with DagsterInstance.ephemeral() as instance:
        sensors["tell_published"](run_of(instance, None, {}))
        failed = run_of(instance, "publish: the mart is wrong", {})
        sensors["tell_failure"](failed.for_run_failure())
    digest, refused = map(told, hook.asked)
    assert digest["title"] == "Shop: sales as of 2026-03-31"
    assert refused["title"].startswith("Shop: the night as of run ")
    assert refused["message"].splitlines()[0] == "✗ publish: the mart is wrong"


def test_the_sensors_leave_nights_of_the_command_line_to_it_unless_they_died(
    company, sensors, hook, monkeypatch
):
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    monkeypatch.setenv("TELL_ENGINEERS", webhook(hook, "engineers"))
    with DagsterInstance.ephemeral() as instance:
        sensors["tell_published"](run_of(instance, None, COMMAND_LINE))
        failed = run_of(instance, "publish: the mart is wrong", COMMAND_LINE)
        sensors["tell_failure"](failed.for_run_failure())
        assert hook.asked == []
        died = instance.create_run_for_job(
            _nothing, tags=COMMAND_LINE, status=DagsterRunStatus.STARTED
        )
        event = instance.report_run_failed(died, CRASHED)
        sensors["tell_failure"](context_of(instance, died.run_id, event).for_run_failure())
    (message,) = map(told, hook.asked)
    assert CRASHED in message["message"]


def test_the_sensors_tell_of_a_published_night_that_a_server_did_not_take(
    company, sensors, hook, monkeypatch
):
    """Such a run has failed, and its digest is as due as that of any other night."""
    monkeypatch.setenv("TELL_SALES", webhook(hook))
    monkeypatch.setenv("TELL_ENGINEERS", webhook(hook, "engineers"))
    (current,) = (one for one in publications(Home(company.home)) if one.is_current)
    run_id = f"{current.id[-8:]}-0000-4000-8000-000000000000"
    with DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(_nothing, run_id=run_id, status=DagsterRunStatus.STARTED)
        event = instance.report_run_failed(run, "publish to postgres: the server is down")
        sensors["tell_failure"](context_of(instance, run_id, event).for_run_failure())
    digest, failed = map(told, hook.asked)
    assert digest["title"] == "Shop: sales as of 2026-03-31"
    assert failed["title"].endswith("is published, but not on the server")
    assert "the server is down" in failed["message"]
    assert "2026-03-31" in failed["message"]


def test_without_an_address_there_are_no_sensors(tmp_path, open_shop):
    quiet = open_shop(tmp_path / "quiet")
    assert notify_sensors(load_settings(quiet.folder / "voronka.toml"), Home(quiet.home)) == []


@job(name="nightly")
def _nothing():
    pass


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "environment variable TELL is not set"),
        ("json://127.0.0.1 nonsense://token", "address 2 of environment variable TELL is not one"),
    ],
)
def test_addresses_that_are_not_there_or_not_known(monkeypatch, value, sentence):
    if value:
        monkeypatch.setenv("TELL", value)
    with pytest.raises(ConfigError, match=sentence) as refused:
        addresses("TELL")
    assert "token" not in str(refused.value).replace("tgram://token", "")


def test_doctor_names_the_services_and_sends_nothing(company, hook, monkeypatch):
    monkeypatch.setenv("TELL_SALES", f"{webhook(hook)} tgram://123456789:{'a' * 35}/42")
    ended = company.run("doctor")
    assert "TELL_SALES: JSON, Telegram" in ended.text
    assert "environment variable TELL_ENGINEERS is not set" in ended.text
    assert ended.status == 2 and hook.asked == []


def test_without_an_address_the_command_says_what_to_set(tmp_path, open_shop):
    ended = open_shop(tmp_path / "quiet").run("notify")
    assert ended.status == 2
    assert "notify.digest_env is not set, expected the name of the environment" in ended.text
