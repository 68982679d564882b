"""The REST methods of one portal: lists ordered by id, many pages in one batch."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, Self

import httpx

from orchestration.core.errors import ConfigError, SourceError
from orchestration.core.home import Home
from orchestration.sources.crm.bitrix24.config import Bitrix24Source
from orchestration.sources.crm.bitrix24.queries import Params, behind, command, id_at, rows
from orchestration.sources.crm.bitrix24.verdicts import judge
from orchestration.sources.crm.bitrix24.working_time import WorkingTime
from orchestration.sources.http.auth import Credentials, Enclosed
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import Secret, read_secret
from orchestration.sources.http.tokens import TokenStore

# The vendor's limits; do not change them.
PAGE, COMMANDS = 50, 50
_WEBHOOK = re.compile(r"https?://[^\s/]+/rest/\d+/\w+/?")


class CrowdedError(Exception):
    """A list has more rows than are wanted at once."""


class Bitrix24Api:
    """Every call counts against the limits of the portal. `now`: the time of the portal's clock, in
    its own zone."""

    def __init__(
        self,
        name: str,
        config: Bitrix24Source,
        home: Home,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.now = datetime.now(UTC)
        self._name = name
        rate = Rate(config.requests_per_second, 1, burst=config.burst)
        if config.oauth is None:
            assert config.webhook_env is not None
            address: str | Secret = _webhook(config.webhook_env)
            auth: Credentials = Enclosed(config.webhook_env)
        else:
            assert config.base_url is not None
            address, auth = f"{config.base_url.rstrip('/')}/rest", _auth(name, config, home, say)
        self._api = Api(address, source=name, rates=(rate,), judge=judge, auth=auth, say=say)
        self._work = WorkingTime(self._api)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer of a method."""
        self._work.room(method)
        answer: dict[str, Any] = self._api.post(method, json=params).json()
        time = answer.get("time") or {}
        self._work.heard(method, time)
        finish, local = time.get("finish"), time.get("date_finish")
        zone = datetime.fromisoformat(local).tzinfo if local else UTC
        self.now = datetime.fromtimestamp(finish, zone) if finish else datetime.now(zone)
        return answer

    def together(self, questions: Mapping[str, tuple[str, Params]]) -> dict[str, Any]:
        """The results of several methods for the cost of one. A command that fails, or is empty
        (which may be due to load on the portal), is requested separately."""
        found = self._batch(questions)
        return {
            key: found.get(key) or self.ask(method, **params)["result"]
            for key, (method, params) in questions.items()
        }

    def pages(self, method: str, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list that is short and does not change."""
        start: int | None = 0
        while start is not None:
            answer = self.ask(method, **params, start=start)
            yield rows(answer["result"])
            start = answer.get("next")

    def count(self, method: str, params: Params) -> int:
        """How many rows a list has."""
        return int(self.ask(method, **behind(method, params, 0), start=0)["total"])

    def counts(self, method: str, questions: Sequence[Params]) -> list[int | None]:
        """The number of rows of a list for each query, many in one request; None if the portal did
        not return it."""
        found: list[int | None] = []
        while len(found) < len(questions):
            room = self._work.room(method, COMMANDS)
            some = questions[len(found) : len(found) + room]
            asked = {
                f"c{number}": (method, {**behind(method, params, 0), "start": 0})
                for number, params in enumerate(some)
            }
            totals = dict(self._commands(asked).get("result_total") or {})
            found += [totals.get(key) for key in asked]
        return found

    def by_id(
        self, method: str, params: Params, at_once: int = COMMANDS, most: int | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The pages of a list ordered by id, each beginning after the last id of the one before, so
        that rows that are added or deleted meanwhile move no others.

        The first page gives the count. The others are read many at a time: each command of a batch
        refers to the last id of the one before. The list ends when as many rows were read as
        counted, or when a page outside a batch is empty. Raises CrowdedError before any page if the
        list has more than `most` rows.
        """
        last = 0
        while True:
            page, left = self._counted(method, params, last)
            if most and not last and len(page) + left > most:
                raise CrowdedError
            if page:
                yield page
                last = int(page[-1]["ID"])
            while left > PAGE:
                pages = self._work.room(method, min(at_once, ceil(left / PAGE)))
                read = 0
                for page in self._chained(method, params, last, pages):
                    yield page
                    last = int(page[-1]["ID"])
                    read += len(page)
                left -= read
                if not read or read % PAGE:
                    break
            if left <= 0:
                return

    def _counted(self, method: str, params: Params, last: int) -> tuple[list[dict[str, Any]], int]:
        """The page after an id, and the number of rows after it."""
        for _ in range(2):
            answer = self.ask(method, **behind(method, params, last), start=0)
            page, total = rows(answer["result"]), answer["total"]
            if len(page) >= min(total, PAGE):
                return page, total - len(page)
        raise SourceError(
            f"{self._name}: {method} counts {total:,} rows and gives {len(page):,}; run again later"
        )

    def _chained(
        self, method: str, params: Params, last: int, pages: int
    ) -> Iterator[list[dict[str, Any]]]:
        """A number of pages after an id in one batch, as far as they are complete."""
        ids = [last, *(id_at(method, f"p{number}", PAGE - 1) for number in range(pages - 1))]
        found = self._batch(
            {
                f"p{number}": (method, {**behind(method, params, id_), "start": -1})
                for number, id_ in enumerate(ids)
            }
        )
        for number in range(pages):
            page = rows(found.get(f"p{number}") or [])
            # After a page that is not full, a new chain begins.
            if not page or int(page[0]["ID"]) <= last:
                return
            yield page
            if len(page) < PAGE:
                return
            last = int(page[-1]["ID"])

    def _batch(self, questions: Mapping[str, tuple[str, Params]]) -> dict[str, Any]:
        """The results of the commands, without those that failed."""
        return dict(self._commands(questions)["result"] or {})

    def _commands(self, questions: Mapping[str, tuple[str, Params]]) -> dict[str, Any]:
        """The answer to a batch; empty results are empty lists."""
        commands = {key: command(*question) for key, question in questions.items()}
        answer: dict[str, Any] = self.ask("batch", halt=0, cmd=commands)["result"]
        for key, time in dict(answer.get("result_time") or {}).items():
            self._work.heard(questions[key][0], time)
        return answer


def _webhook(variable: str) -> Secret:
    address = read_secret(variable)
    if not _WEBHOOK.fullmatch(address.reveal()):
        raise ConfigError(
            f"environment variable {variable} has no webhook,"
            " expected an address like https://shop.bitrix24.ru/rest/1/code/"
        )
    return address


def _auth(
    name: str, config: Bitrix24Source, home: Home, say: Callable[[str], None]
) -> RotatingToken:
    assert config.oauth is not None
    grant = Grant(
        config.oauth.token_url,
        config.oauth.client_id_env,
        config.oauth.client_secret_env,
        config.oauth.refresh_token_env,
        sent_as="query",
        # The vendor requires that a token is renewed only after it was refused.
        early=None,
    )
    return RotatingToken(name, grant, TokenStore(home.state, name), place=_place, say=say)


def _place(request: httpx.Request, token: str) -> None:
    request.url = request.url.copy_set_param("auth", token)
