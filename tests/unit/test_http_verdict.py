"""What an answer means, how long a vendor wants to be left alone, and what may be said of it."""

import time

import pytest

from orchestration.core.errors import ConfigError
from orchestration.sources.http.secret import Secret, read_secret, scrub
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    judge_json,
    judge_status,
    retry_after,
    seconds_until,
)

DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *[(status, Done) for status in (200, 201, 202, 204, 207)],
        *[(status, Retry) for status in (408, 429, 500, 502, 503, 504, 599)],
        (401, Reauthenticate),
        *[(status, Fail) for status in (301, 304, 400, 402, 403, 404, 409, 422)],
    ],
)
def test_by_status(status: int, verdict: type) -> None:
    assert isinstance(judge_status(Answer(status, {}, b"")), verdict)


def test_a_page_for_people_is_not_repeated() -> None:
    html = Answer(403, {"content-type": "text/html"}, b"<html>Dear Anna</html>")
    assert judge_status(html) == Fail(
        "", "give the token in {token} the right to read it", ConfigError
    )


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("application/json", b'{"message": "slow", "status": 429}', "slow"),
        ("text/plain", b"slow", "slow"),
        (
            "application/problem+json",
            b'{"validation-errors": [{"errors": [{"code": "No", "detail": "limit is too large"}]}],'
            b' "title": "Bad Request", "type": "x", "detail": "Not valid"}',
            "Bad Request: Not valid: limit is too large",
        ),
        ("application/json", b'{"error": {"message": "slow", "status": 1}}', "slow"),
        ("application/json", b'{"error": "slow", "message": "slow"}', "slow"),
        ("application/json", b'{"result": 3101}', ""),
        ("application/json", b'["a", 1, null]', ""),
        ("application/json", b'{"message": "sl', ""),
    ],
)
def test_a_vendor_is_quoted_in_words(kind: str, body: bytes, words: str) -> None:
    assert judge_status(Answer(429, {"content-type": kind}, body)) == Retry(words)


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"{}", Done()),
        (204, b"", Done()),
        (200, b"", Retry("a body that is not JSON")),
        (200, b'{"a": 1', Retry("a body that is not JSON")),
        (500, b"{", Retry("")),
    ],
)
def test_json_is_whole_or_asked_again(status: int, body: bytes, verdict: object) -> None:
    assert judge_json(Answer(status, {}, body)) == verdict


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 1.5 ", 1.5),
        ("Mon, 23 Nov 2026 12:10:00 GMT", 600.0),
        ("Mon, 23 Nov 2026 12:10:00 -0000", 600.0),
        ("Mon, 23 Nov 2026 15:10:00 +0300", 600.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("nan", None),
        ("99999999999999", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    """A date is compared with the vendor's own clock, which may be far from ours."""
    assert retry_after(Answer(429, {"retry-after": value, "date": DATE}, b"")) == seconds


def test_retry_after_may_be_absent() -> None:
    assert retry_after(Answer(429, {}, b"")) is None


def test_a_moment_without_the_vendor_clock_is_measured_by_ours() -> None:
    assert 99 < seconds_until(time.time() + 100, Answer(429, {}, b"")) <= 100
    assert seconds_until(0, Answer(429, {}, b"")) == 0


def test_a_secret_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", " pass-phrase \n")
    secret = read_secret("CRM_TOKEN")
    assert secret.reveal() == "pass-phrase"
    assert "pass-phrase" not in f"{secret} {secret!r} {[secret]}"
    assert scrub("the pass-phrase is wrong") == "the *** is wrong"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_secret_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("CRM_TOKEN", value)
    with pytest.raises(ConfigError, match="environment variable CRM_TOKEN is not set"):
        read_secret("CRM_TOKEN")


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("call 8 (495) 000-11-22 back", "call *** back"),
        ("of +74950001122.", "of ***."),
        ("a.b+c@mail.example.ru is taken", "*** is taken"),
        ("see https://x.example/rest/1/abc/?a=b now", "see *** now"),
        ("id 0af7651916cd43dd8448eb211c80319c", "id ***"),
        ("Value of current limit per minute is 200", "Value of current limit per minute is 200"),
        ("OPERATION_TIME_LIMIT\n  exceeded", "OPERATION_TIME_LIMIT exceeded"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_private_parts_are_removed(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


def test_a_longer_secret_goes_before_its_part() -> None:
    Secret("open-sesame"), Secret("open-sesame-again")
    assert scrub("open-sesame-again") == "***"
