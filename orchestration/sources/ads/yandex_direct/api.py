"""The API of Yandex Direct: reports that are requested until they are ready, and errors with
numbers in the body."""

import hashlib
import re
from collections.abc import Callable
from math import inf
from typing import Any, Self

import orjson

from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.ads.waiting import within
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.http.auth import Bearer, account_of
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    Verdict,
    judge_json,
    judge_status,
)

_HEADERS = {
    "Accept-Language": "en",
    "processingMode": "auto",
    "returnMoneyInMicros": "false",
    # The line of totals is requested, because it shows that the report is complete.
    "skipReportHeader": "true",
}
_QUEUED = (201, 202)
# Direct cuts a report off after this many rows without saying so. This is not documented; users
# report it.
MOST_ROWS = 1_000_000
_QUEUE_IS_FULL = 9000
# Seconds to wait if the service does not say how long.
_PAUSE = 10.0
# The longest wait for a report, in seconds.
_PATIENCE = 3 * 3600.0
_TOKEN_REFUSED = 53
_TOO_OFTEN = (56, 506)
_PASSING = (52, 1000, 1001, 1002)
_ADVICE = {
    54: "give the owner of the token in {token} the right to see the account's statistics",
    58: "ask Yandex Direct for access to its API for the application of the token in {token}",
    513: "log in to Yandex Direct once, or set client_login to an advertiser's login",
    8800: "set client_login to the login of an advertiser that the token may see",
}


class DirectApi:
    """One advertiser. Direct identifies a report by its name and keeps it for five hours, so the
    same request finds a report that an earlier run requested."""

    def __init__(
        self, name: str, config: YandexDirectSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        login = {"Client-Login": config.client_login} if config.client_login else {}
        # The remaining daily points, from the last answer of Direct.
        self.points: str | None = None
        self._name = name
        self._login = config.client_login
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(20, 10),),
            judge=_judge,
            auth=Bearer(config.token_env),
            headers={**_HEADERS, **login},
            account=account_of("yandex_direct", config.token_env),
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def client(self) -> dict[str, Any]:
        """The advertiser: ClientId, Type and Currency."""
        params = {"FieldNames": ["ClientId", "Type", "Currency"]}
        answer = self._api.post("clients", json={"method": "get", "params": params})
        self.points = answer.headers.get("Units")
        client: dict[str, Any] = answer.json()["result"]["Clients"][0]
        if client.get("Type") == "AGENCY":
            raise ConfigError(
                f"{self._name}: the token is an agency's, which has no statistics of its own;"
                " set client_login to the login of an advertiser"
            )
        return client

    def report(self, what: str, params: dict[str, Any]) -> bytes | None:
        """The lines of a report, column names first; None if Direct takes too long for it or cuts
        it off. A report without rows is requested twice, because the landed rows of its days are
        deleted."""
        lines = self._report(what, params, 1)
        is_empty = lines is not None and lines.count(b"\n") == 1
        return self._report(what, params, 2) if is_empty else lines

    def _report(self, what: str, params: dict[str, Any], turn: int) -> bytes | None:
        digest = hashlib.sha256(orjson.dumps([params, self._login])).hexdigest()[:16]
        body = {"params": {**params, "ReportName": f"voronka {digest} {turn}"}}
        answer = self._api.poll(
            lambda: self._api.post("reports", json=body),
            within(_PATIENCE, self._api.clock, _pending),
            what=what,
            total_seconds=inf,
        )
        if answer.status == 400:
            raise SourceError(
                f"{self._name}: Yandex Direct had no free place in its queue for {what} in"
                f" {_PATIENCE / 3600:.0f} h; check which other programs request reports, or run"
                " again later"
            )
        if answer.status != 200:
            return None
        lines = answer.body.rstrip()
        lines = lines[: lines.rfind(b"\n") + 1]
        return None if lines.count(b"\n") > MOST_ROWS else lines


def _pending(answer: Answer) -> float | None:
    """How long to wait for a report that is not ready, or for a place in the queue."""
    if answer.status in _QUEUED or answer.status == 400:
        after = answer.headers.get("retryIn", "")
        return max(float(after), 1.0) if after.isdigit() else _PAUSE
    return None


def _judge(answer: Answer) -> Verdict:
    if answer.status in _QUEUED:
        return Done()
    if not answer.body.startswith(b"{"):
        if answer.status == 200 and not _is_whole(answer.body):
            is_page = "html" in answer.headers.get("content-type", "")
            return Retry("a page for people, no report" if is_page else "half a report")
        return judge_status(answer)
    verdict = judge_json(Answer(200, answer.headers, answer.body))
    if not isinstance(verdict, Done):
        return verdict
    error = answer.json().get("error")
    if not error:
        verdict = judge_status(answer)
        match answer.json():
            case {"result": {"Clients": [dict(), *_]}}:
                return verdict
        if isinstance(verdict, Done):
            return Fail("an answer of an unknown shape", "the vendor has changed its API")
        return verdict
    # The number may come as text.
    code = int(error.get("error_code", 0))
    why = f"error {code} {error.get('error_string', '')}: {error.get('error_detail', '')}"
    if code == _TOKEN_REFUSED:
        return Reauthenticate(why)
    if code in _TOO_OFTEN:
        return Retry(why, _PAUSE)
    if code == 152:
        return Fail(why, "the account's points for this hour are used up, run again in an hour")
    if advice := _ADVICE.get(code):
        return Fail(why, advice, ConfigError)
    # `report` handles these: a full queue, and a report that exceeds Direct's time limit.
    if code == _QUEUE_IS_FULL or answer.status == 502:
        return Done()
    if code in _PASSING or answer.status >= 500:
        return Retry(why)
    return Fail(why, "the vendor does not take this request")


def _is_whole(body: bytes) -> bool:
    """Whether the row count in the last line equals the number of rows, or Direct has cut the
    report off."""
    lines = body.rstrip()
    total = re.fullmatch(rb".*:\s*(\d+)", lines[lines.rfind(b"\n") + 1 :])
    rows = lines.count(b"\n") - 1
    return total is not None and (rows == int(total[1]) or rows == MOST_ROWS < int(total[1]))
