"""The API of Mango Office: signed forms, and reports that are ordered first and fetched later."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Self
from zoneinfo import ZoneInfo

import orjson

from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.calls.mango.config import MangoSource
from orchestration.sources.http.auth import account_of
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import read_secret
from orchestration.sources.http.verdict import Answer, Done, Fail, Retry, Verdict, judge_json

# The most calls of one answer.
PAGE = 5_000

# The zone of times in requests.
_VENDORS_ZONE = ZoneInfo("Europe/Moscow")
_POLL_SECONDS = 5.0
# A requested report may have expired before it is fetched; the most requests for one report.
_ORDERS = 3
_PENDING = ("request", "work")
_RESULT = "stats/calls/result/"
# Result codes: success; a wrong key or signature; the first code of vendor-side errors.
_WELL, _WRONG_KEY, _TROUBLE = 1000, 3101, 5000


class MangoApi:
    """One exchange; every call counts against its limits."""

    def __init__(
        self, name: str, config: MangoSource, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self._name = name
        self._key = read_secret(config.key_env)
        self._salt = read_secret(config.salt_env)
        self._variables = f"{config.key_env} and {config.salt_env}"
        self._zone = ZoneInfo(config.time_zone)
        self._statistic = Rate(1, config.seconds_per_statistic, name="statistics")
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(10, 1),),
            judge=self._judge,
            account=account_of("mango", config.key_env),
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def users(self) -> Answer:
        """The users of the exchange, at `users`."""
        return self._ask("config/users/request", {})

    def calls(
        self, first: date, last: date, page_size: int | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The calls that began from the first day to the last, both included, page by page.

        `page_size`: how many at once, if not the most that the vendor gives.
        """
        page_size = page_size or PAGE
        begin = datetime.combine(first, time(), self._zone)
        behind = datetime.combine(last + timedelta(days=1), time(), self._zone)
        offset, size = 0, page_size
        while size == page_size:
            page = self._report(
                {
                    "start_date": _written(begin),
                    "end_date": _written(behind - timedelta(seconds=1)),
                    "limit": f"{page_size}",
                    "offset": f"{offset}",
                }
            )
            yield page
            offset, size = offset + page_size, len(page)

    def _report(self, order: dict[str, str]) -> list[dict[str, Any]]:
        for _ in range(_ORDERS):
            key = self._ask("stats/calls/request/", order, self._statistic).json()["key"]
            answer = self._api.poll(
                partial(self._ask, _RESULT, {"key": key}, self._statistic),
                _pending,
                what="the report of calls",
            )
            end = _status(answer)
            if end == "complete":
                groups = listed(answer.json().get("data"))
                return [call for group in groups for call in listed(group.get("list"))]
        raise SourceError(
            f"{self._name}: the report of calls from {order['start_date'][:10]} to"
            f" {order['end_date'][:10]} was ordered {_ORDERS} times and ended in"
            f" `{end}`, run again later"
        )

    def _ask(self, path: str, question: dict[str, str], rate: Rate | None = None) -> Answer:
        """The signature is of the very text that is sent."""
        key, text = self._key.reveal(), orjson.dumps(question).decode()
        signature = hashlib.sha256(f"{key}{text}{self._salt.reveal()}".encode()).hexdigest()
        form = {"vpbx_api_key": key, "sign": signature, "json": text}
        answer = self._api.post(path, form=form, rate=rate)
        if answer.status == 404 and path != _RESULT:
            raise ConfigError(f"{self._name}: there is no {path} at `base_url`, check it")
        return answer

    def _judge(self, answer: Answer) -> Verdict:
        if answer.status == 401:
            # The vendor returns this for two minutes after a wrong request; a retry prolongs it.
            return Fail(
                "the key is refused, or questions were wrong shortly before",
                f"check the key and the salt in {self._variables}, and wait two minutes",
                ConfigError,
            )
        if answer.status == 403:
            return Fail(
                "the key may not read this",
                f"give the key in {self._variables} the right to users and statistics",
                ConfigError,
            )
        verdict = judge_json(answer)
        if answer.status == 404:
            # The vendor also returns this if a report has expired.
            return Done()
        if not isinstance(verdict, Done) or answer.status == 204:
            return verdict
        match answer.json():
            case {"status": str()} | {"users": list()} | {"key": str()}:
                return verdict
            case {"result": int(code)} if code == _WRONG_KEY:
                return Fail(
                    f"the key or the signature is wrong, result {code}",
                    f"check the key and the salt in {self._variables}",
                    ConfigError,
                )
            case {"result": int(code)} if code >= _TROUBLE:
                return Retry(f"result {code}")
            case {"result": int(code)} if code != _WELL:
                return Fail(f"result {code}", "the vendor does not take this question")
        return Fail("an answer of an unknown shape", "the vendor has changed its API")


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(_VENDORS_ZONE):%d.%m.%Y %H:%M:%S}"


def _status(answer: Answer) -> str:
    """The state of a report, which the vendor expresses in several ways."""
    match answer.status:
        case 204:
            return "work"
        case 404:
            return "not-found"
    return str(answer.json().get("status", "of no status"))


def _pending(answer: Answer) -> float | None:
    return _POLL_SECONDS if _status(answer) in _PENDING else None


def listed(value: Any) -> list[dict[str, Any]]:
    """A list of objects; the vendor may also send one object, an object with numbers as keys, or
    nothing."""
    if isinstance(value, list):
        return value
    if not value:
        return []
    alone = not all(isinstance(one, dict) for one in value.values())
    return [value] if alone else list(value.values())
