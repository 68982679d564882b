"""The HTTP layer against a real server: what is tried again, how long, and what a person reads."""

import logging
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import which

import pytest

from kits.http import QuickTime, Reply, in_turn, vendor
from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.http.auth import Basic, Bearer
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import Secret
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Retry,
    Verdict,
    judge_json,
    seconds_until,
)

TOKEN = "s3cr3t-token-of-the-crm"


@pytest.fixture
def time() -> QuickTime:
    return QuickTime()


def api(url: str | Secret, time: QuickTime, **options: object) -> Api:
    return Api(url, source="crm", clock=time.clock, **options)  # type: ignore[arg-type]


def test_an_answer_keeps_its_bytes(time: QuickTime) -> None:
    page = '{"имя": "Ы", "n": 9007199254740993}'.encode()
    with vendor(in_turn(Reply(body=page))) as crm, api(crm.url + "/api/v4", time) as crm_api:
        answer = crm_api.get("leads", {"filter[id][]": [1, 2], "limit": 250})
    assert (answer.status, answer.body) == (200, page)
    assert answer.json()["n"] == 9007199254740993
    assert crm.asked[0].target == (
        "/api/v4/leads?filter%5Bid%5D%5B%5D=1&filter%5Bid%5D%5B%5D=2&limit=250"
    )
    assert time.slept == []


def test_no_content_is_an_answer(time: QuickTime) -> None:
    with vendor(in_turn(Reply(204, b""))) as crm:
        answer = api(crm.url, time, judge=judge_json).get("leads")
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_heals_is_tried_again(status: int, time: QuickTime) -> None:
    page = Reply(status, b"<html>too many</html>", {"Content-Type": "text/html"})
    with vendor(in_turn(page, page, Reply())) as crm:
        assert api(crm.url, time).get("leads").body == b"{}"
    assert len(crm.asked) == 3
    assert 1 <= time.slept[0] <= 2
    assert 2 <= time.slept[1] <= 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *[(status, ConfigError) for status in (301, 403, 404)],
        *[(status, SourceError) for status in (400, 410, 422)],
    ],
)
def test_what_cannot_heal_is_asked_once(
    status: int, error: type[Exception], time: QuickTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A right that is missing and an address where nothing is are mistakes of the config. The name
    of a variable is told, also one that looks like a token."""
    monkeypatch.setenv("KEY_OF_THE_2ND_ACCOUNT_AT_CRM", "key-of-it")
    auth = Bearer("KEY_OF_THE_2ND_ACCOUNT_AT_CRM")
    told = "KEY_OF_THE_2ND_ACCOUNT_AT_CRM" if status == 403 else ""
    with (
        vendor(in_turn(Reply(status))) as crm,
        pytest.raises(error, match=f"answered {status}.*1 attempt.*{told}"),
    ):
        api(crm.url, time, auth=auth).get("leads")
    assert len(crm.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        Reply(body=b'{"leads": [', promised=500),
        Reply(body=b'{"leads": ['),
        Reply(body=b"<html>busy</html>"),
        Reply(body=b""),
        Reply(body=b"plain", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["cut body", "half JSON", "a page for people", "nothing", "broken gzip"],
)
def test_half_an_answer_is_no_answer(broken: Reply, time: QuickTime) -> None:
    with vendor(in_turn(broken, Reply(body=b"[1]"))) as crm:
        assert api(crm.url, time, judge=judge_json).get("leads").json() == [1]
    assert len(crm.asked) == 2


def test_a_silent_vendor_is_given_up(time: QuickTime) -> None:
    with (
        vendor(in_turn(Reply(seconds=1.0))) as crm,
        pytest.raises(SourceError, match=r"did not answer: ReadTimeout timed out \(2 attempts\)"),
    ):
        api(crm.url, time, timeout=0.1, attempts=2).get("leads")


def test_an_answer_that_is_too_slow_is_given_up(time: QuickTime) -> None:
    """No read of it takes long, and it never ends."""
    body = b"[" + b" " * 400 + b"1]"
    with (
        vendor(in_turn(Reply(body=body, trickle=0.01))) as crm,
        pytest.raises(SourceError, match=r"is too slow and does not end \(1 attempt\); run again"),
    ):
        api(crm.url, time, timeout=0.2, total_seconds=0.3).get("leads")
    with vendor(in_turn(Reply(body=b"      [1]", trickle=0.01))) as crm:
        assert api(crm.url, time, timeout=0.2, total_seconds=0.0).get("leads").json() == [1]


def test_a_vendor_that_is_away_is_given_up(time: QuickTime) -> None:
    with vendor(in_turn(Reply())) as gone:
        url = gone.url
    with pytest.raises(SourceError, match=r"did not answer: ConnectError.*\(3 attempts\)"):
        api(url, time, attempts=3).get("leads")


def test_the_vendor_says_how_long_to_wait(time: QuickTime) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    date = {
        "Retry-After": format_datetime(now + timedelta(seconds=40), usegmt=True),
        "Date": format_datetime(now, usegmt=True),
    }
    seconds = {"Retry-After": "7"}
    with vendor(in_turn(Reply(429, headers=seconds), Reply(503, headers=date), Reply())) as crm:
        api(crm.url, time).get("leads")
    assert 7 < time.slept[0] < 8.3
    # The test server sends a Date of its own too, of the same second or the next.
    assert 38 < time.slept[1] < 42


def test_a_vendor_judge_reads_the_body(time: QuickTime) -> None:
    """Limits in a body 200, and a method that is blocked for ten minutes."""

    def judge(answer: Answer) -> Verdict:
        verdict = judge_json(answer)
        error = answer.json().get("error") if isinstance(verdict, Done) else None
        if error == "limit_exceeded":
            return Retry(error, seconds_until(answer.json()["until"], answer))
        return Fail(error, "ask the administrator", ConfigError) if error else verdict

    until = time.clock.wall() + 600
    blocked = Reply(body=b'{"error": "limit_exceeded", "until": %d}' % until)
    with vendor(in_turn(blocked, Reply(body=b'{"ok": 1}'))) as crm:
        assert api(crm.url, time, judge=judge).post("", json={"method": "calls"}).json()["ok"] == 1
    assert 595 < sum(time.slept) < 605
    refused = Reply(body=b'{"error": "ip_not_whitelisted"}')
    with (
        vendor(in_turn(refused)) as crm,
        pytest.raises(ConfigError, match=r"ip_not_whitelisted.*ask the administrator"),
    ):
        api(crm.url, time, judge=judge).post("", json={"method": "calls"})


def test_a_wait_that_is_too_long_is_not_begun(time: QuickTime) -> None:
    with (
        vendor(in_turn(Reply(429, headers={"Retry-After": "86400"}))) as crm,
        pytest.raises(SourceError, match="answered 429 and wants 86,400 s of silence"),
    ):
        api(crm.url, time).get("leads")
    assert time.slept == []


def test_all_waits_of_a_call_have_an_end(time: QuickTime) -> None:
    with vendor(in_turn(Reply(500))) as crm, pytest.raises(SourceError):
        api(crm.url, time, attempts=1000, total_seconds=300).get("leads")
    assert 240 < sum(time.slept) <= 300


def test_a_used_up_day_is_said_at_once(time: QuickTime) -> None:
    with vendor(in_turn(Reply())) as crm:
        calls = api(crm.url, time, rates=[Rate(2, 86_400)])
        calls.get("calls")
        calls.get("calls")
        with pytest.raises(SourceError, match="limit of 2 requests in 86,400 s is used up"):
            calls.get("calls")
    assert len(crm.asked) == 2


def test_waits_are_reported(time: QuickTime) -> None:
    said: list[str] = []
    busy = Reply(429, headers={"Retry-After": "30"})
    with vendor(in_turn(busy, Reply())) as crm:
        crm_api = api(crm.url, time, rates=[Rate(2, 20)], say=said.append)
        crm_api.get("leads")
        crm_api.get("leads")
        crm_api.get("leads")
    waits = ["crm: waiting 3", "crm: waiting 20 s, the vendor's limit"]
    assert len(said) == 2
    assert said[0].startswith(waits[0]) and said[0].endswith("s, 127.0.0.1 answered 429")
    assert said[1] == waits[1]


def test_a_report_is_polled_until_it_is_there(time: QuickTime) -> None:
    queued = Reply(201, b"", {"retryIn": "20"})
    built = Reply(202, b"", {"retryIn": "10"})

    def pending(answer: Answer) -> float | None:
        return float(answer.headers["retryIn"]) if answer.status in (201, 202) else None

    with vendor(in_turn(queued, built, Reply(body=b"Date\tCost\n"))) as ads:
        ads_api = api(ads.url, time)
        answer = ads_api.poll(
            lambda: ads_api.post("reports", json={"name": "r"}), pending, what="the report"
        )
        assert answer.body == b"Date\tCost\n"
    assert time.slept == [20, 10]
    with (
        vendor(in_turn(queued)) as ads,
        pytest.raises(SourceError, match="the report of"),
    ):
        ads_api = api(ads.url, time)
        ads_api.poll(lambda: ads_api.get("r"), pending, what="the report", total_seconds=100)


def test_links_of_the_vendor_are_followed_at_home_only(
    time: QuickTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_TOKEN", TOKEN)
    with vendor(in_turn(Reply())) as crm, vendor(in_turn(Reply())) as stranger:
        crm_api = api(crm.url + "/api/v4", time, auth=Bearer("CRM_TOKEN"))
        crm_api.get("users:list")
        crm_api.get("/2010/Calls.json?Page=2")
        crm_api.get(f"{crm.url}/api/v4/leads?page=2&limit=250", {"limit": 10})
        for link in (stranger.url, stranger.url.removeprefix("http:"), "http://[bad"):
            with pytest.raises(
                SourceError, match=r"links to another host|has a link that is not an address"
            ):
                crm_api.get(link)
    assert [asked.target for asked in crm.asked] == [
        "/api/v4/users:list",
        "/2010/Calls.json?Page=2",
        "/api/v4/leads?page=2&limit=10",
    ]
    assert {asked.headers["Authorization"] for asked in crm.asked} == {f"Bearer {TOKEN}"}
    assert stranger.asked == []


def test_a_refused_token_is_not_hammered(time: QuickTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SID", "user")
    monkeypatch.setenv("PASS", "word")
    with vendor(in_turn(Reply(401))) as crm:
        with pytest.raises(ConfigError, match=r"answered 401.*is refused: check SID and PASS"):
            api(crm.url, time, auth=Basic("SID", "PASS")).get("calls")
        with pytest.raises(ConfigError, match=r"answered 401.*set PASS to one that is valid"):
            api(crm.url, time, auth=Bearer("PASS")).get("calls")
        with pytest.raises(ConfigError, match="environment variable NO_SUCH is not set"):
            api(crm.url, time, auth=Bearer("NO_SUCH")).get("calls")
    assert [asked.headers["Authorization"] for asked in crm.asked] == [
        "Basic dXNlcjp3b3Jk",
        "Bearer word",
    ]


def test_forms_and_bytes_arrive_as_they_are(time: QuickTime) -> None:
    with vendor(in_turn(Reply())) as pbx:
        pbx_api = api(pbx.url, time)
        pbx_api.post("stats/", form={"sign": "ab", "json": '{"a":1}'})
        pbx_api.post("raw", content=b"\x00\xff", headers={"X-Kind": "bytes"})
        pbx_api.post("v2.0", json={"params": {"limit": 10}})
    form, raw, rpc = pbx.asked
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form.body == b"sign=ab&json=%7B%22a%22%3A1%7D"
    assert (raw.body, raw.headers["X-Kind"]) == (b"\x00\xff", "bytes")
    assert (rpc.body, rpc.headers["Content-Type"]) == (
        b'{"params":{"limit":10}}',
        "application/json",
    )


PRIVATE = (
    '{"message": "bad token %s of client anna.k@example.org, +7 (916) 123-45-67,'
    ' see https://vendor.example/help?user=7 code q1w2e3r4t5y6 request 0af7651916cd43dd8448eb211c"}'
)


def test_nothing_private_is_written_anywhere(
    time: QuickTime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A webhook has its code in its path: neither errors nor words nor logs may hold it."""
    monkeypatch.setenv("CRM_TOKEN", TOKEN)
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    reply = Reply(503, (PRIVATE % TOKEN).encode(), {"Location": "/rest/1/q1w2e3r4t5y6/there"})
    with vendor(in_turn(reply)) as crm:
        webhook = Secret(f"{crm.url}/rest/1/q1w2e3r4t5y6/")
        hook = api(webhook, time, auth=Bearer("CRM_TOKEN"), say=said.append)
        with pytest.raises(SourceError) as caught:
            hook.get("crm.deal.list", {"phone": "+79161234567"})
        with pytest.raises(SourceError) as also:
            hook.get("/rest/1/q1w2e3r4t5y6/crm.deal.list?auth=q1w2e3r4t5y6")
    sentence = str(caught.value)
    assert sentence.startswith("crm: 127.0.0.1 at crm.deal.list answered 503: ")
    assert sentence.endswith("(8 attempts); run again later")
    assert "bad token *** of client ***" in sentence
    assert caught.value.__cause__ is None and also.value.__context__ is None
    assert said
    written = capfd.readouterr()
    everything = "\n".join(
        [sentence, str(also.value), *said, caplog.text, written.out, written.err, repr(webhook)]
    )
    for private in (TOKEN, "q1w2", "anna", "916", "123-45", "user=7", "0af76", "/rest"):
        assert private not in everything


@pytest.mark.skipif(which("openssl") is None, reason="needs openssl to make a certificate")
def test_an_untrusted_certificate_is_not_retried(time: QuickTime, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        with pytest.raises(SourceError, match="check the certificate of the host"):
            api(f"https://127.0.0.1:{server.server_port}", time).get("leads")
    finally:
        server.shutdown()
        server.server_close()
    assert time.slept == []
