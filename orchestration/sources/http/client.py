"""Sends requests to a vendor: keeps its rate limits, retries, and reports failures in a
sentence."""

import logging
import random
import ssl
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Self

import httpx
import orjson
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from orchestration.core.errors import ConfigError, SourceError, VoronkaError
from orchestration.sources.http.auth import Credentials, Renewable
from orchestration.sources.http.clock import Clock
from orchestration.sources.http.rates import (
    LimitReachedError,
    Rate,
    RateLimiter,
    Ticket,
    limiter_of,
)
from orchestration.sources.http.secret import Secret, scrub
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Judge,
    Reauthenticate,
    Retry,
    judge_status,
)

_LONGEST_BACKOFF = 60.0
# Shorter waits, in seconds, are not reported.
_WORTH_TELLING = 3.0
# These loggers write addresses and headers, which contain secrets. A filter stays in place under
# any logging config.
_TALKATIVE = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy")))

Params = Mapping[str, Any]


class _RetryableError(Exception):
    """An attempt that failed and may succeed on retry."""

    def __init__(self, verdict: Retry, status: int | None) -> None:
        super().__init__(verdict.why)
        self.verdict = verdict
        self.status = status


class Api:
    """One account of one vendor. Every call must be idempotent, because it may be retried.

    `rates` hold for all calls together and are shared by all clients of the same `account` (the
    host, unless given); a call may add its own `rate`. One call makes at most `attempts` attempts
    and waits at most `total_seconds`. `base_url` is a Secret if it contains one. `say` is called
    for long waits. Calls raise SourceError or ConfigError, without secrets and personal data.
    """

    def __init__(
        self,
        base_url: str | Secret,
        *,
        source: str,
        rates: Sequence[Rate] = (),
        judge: Judge = judge_status,
        auth: Credentials | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = 8,
        total_seconds: float = 900.0,
        timeout: float = 60.0,
        account: str | None = None,
        say: Callable[[str], None] = lambda sentence: None,
        clock: Clock | None = None,
    ) -> None:
        _silence()
        self._base = httpx.URL(_revealed(base_url).rstrip("/"))
        self._source = source
        self._rates = tuple(rates)
        self._judge = judge
        self._auth = auth
        self._attempts = attempts
        self._total_seconds = total_seconds
        self._timeout = timeout
        self._say = say
        self.clock = clock or Clock()
        self._limiter = (
            RateLimiter(clock) if clock else limiter_of(account or self._base.netloc.decode())
        )
        self._client = httpx.Client(
            headers=headers, timeout=httpx.Timeout(timeout, connect=min(timeout, 15.0))
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def get(
        self,
        path: str,
        params: Params | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        rate: Rate | None = None,
        taken: Collection[int] = (),
    ) -> Answer:
        """`path` is relative to the base, absolute on its host, or a full URL there. `taken`:
        statuses that this call accepts as an answer, whatever the judge returns."""
        return self._call("GET", path, rate, taken, params=params, headers=headers)

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        form: Params | None = None,
        content: bytes | None = None,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        rate: Rate | None = None,
    ) -> Answer:
        """Send a POST request with a JSON value, a form or bytes."""
        if json is not None:
            content = orjson.dumps(json)
            headers = {"Content-Type": "application/json", **(headers or {})}
        return self._call(
            "POST", path, rate, params=params, headers=headers, content=content, data=form
        )

    def poll(
        self,
        ask: Callable[[], Answer],
        pending: Callable[[Answer], float | None],
        *,
        what: str,
        total_seconds: float = 3600.0,
    ) -> Answer:
        """Repeat the request until `pending` returns no more seconds to wait for `what`, such as
        "the report"."""
        deadline = self.clock.now() + total_seconds
        while (wait := pending(answer := ask())) is not None:
            if self.clock.now() + wait > deadline:
                raise SourceError(
                    f"{self._source}: {what} of {self._base.host} is not ready after"
                    f" {total_seconds:,.0f} s; ask for fewer days at once, or run again later"
                )
            self.pause(wait, what)
        return answer

    def pause(self, seconds: float, reason: str) -> None:
        """Sleep, and report the reason of a long wait."""
        self._tell(seconds, reason)
        self.clock.sleep(seconds)

    def _call(
        self,
        method: str,
        path: str,
        rate: Rate | None,
        taken: Collection[int] = (),
        *,
        params: Params | None,
        **parts: Any,
    ) -> Answer:
        url = self._url(path)
        if params:
            url = url.copy_merge_params(params)
        deadline = self.clock.now() + self._total_seconds
        rates = self._rates if rate is None else (*self._rates, rate)
        attempts = 0
        renewed = False

        def ask() -> Answer:
            nonlocal attempts, renewed
            attempts += 1
            while True:
                request = self._client.build_request(method, url, **parts)
                answer = self._exchange(request, rates, deadline)
                if answer.status in taken:
                    return answer
                verdict = self._verdict(answer)
                if isinstance(verdict, Done):
                    return answer
                if isinstance(verdict, Retry):
                    if answer.status == 429 and verdict.after:
                        self._limiter.silence(rates, verdict.after)
                    raise _RetryableError(verdict, answer.status)
                if (
                    isinstance(verdict, Reauthenticate)
                    and isinstance(self._auth, Renewable)
                    and not renewed
                ):
                    renewed = True
                    self._auth.renew(request)
                    continue
                if isinstance(verdict, Reauthenticate):
                    remedy = self._auth.remedy if self._auth else "set a token that is valid"
                    verdict = Fail(verdict.why, remedy, ConfigError)
                raise self._failure(
                    url, _said(answer.status), verdict.why, attempts, verdict.advice, verdict.error
                )

        def before_sleep(state: RetryCallState) -> None:
            self._tell(state.upcoming_sleep, f"{self._base.host} {_said(_retryable(state).status)}")

        retrying = Retrying(
            retry=retry_if_exception_type(_RetryableError),
            wait=_pause,
            stop=lambda state: (
                state.attempt_number >= self._attempts
                or self.clock.now() + state.upcoming_sleep > deadline
            ),
            sleep=self.clock.sleep,
            before_sleep=before_sleep,
            reraise=True,
        )
        try:
            return retrying(ask)
        except _RetryableError as error:
            said, verdict = _said(error.status), error.verdict
            why, after, advice = verdict.why, verdict.after, verdict.advice
            if after is not None and attempts < self._attempts:
                said += f" and wants {after:,.0f} s of silence"
        except LimitReachedError as error:
            said, why, advice = "was not asked", str(error), "run again later"
        raise self._failure(url, said, why, attempts, advice)

    def _exchange(self, request: httpx.Request, rates: Sequence[Rate], deadline: float) -> Answer:
        """Send the request within the vendor's rate limits."""
        longest = deadline - self.clock.now()
        ticket = self._limiter.take(
            rates, longest, lambda wait: self._tell(wait, "the vendor's limit")
        )
        request.extensions["trace"] = _trace(ticket)
        try:
            response = self._client.send(
                request, auth=self._auth or httpx.USE_CLIENT_DEFAULT, stream=True
            )
            with closing(response):
                end = max(deadline, self.clock.now() + self._timeout)
                body = b"".join(self._until(end, response.iter_bytes()))
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise self._failure(
                request.url,
                _said(None),
                str(error),
                1,
                "check the address in the config",
                ConfigError,
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            if _is_distrust(error):
                raise self._failure(
                    request.url, _said(None), str(error), 1, "check the certificate of the host"
                ) from None
            verdict = Retry(f"{type(error).__name__} {error}")
            if isinstance(error, httpx.ConnectError):
                verdict = replace(verdict, advice="check the address, or run again later")
            raise _RetryableError(verdict, None) from None
        finally:
            ticket.heard()
        return Answer(response.status_code, response.headers, body)

    def _until(self, end: float, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks of an answer. A timeout applies to each chunk, so a slow stream never reaches
        it."""
        for chunk in chunks:
            yield chunk
            if self.clock.now() > end:
                raise _RetryableError(Retry("the answer is too slow and does not end"), None)

    def _verdict(self, answer: Answer) -> Done | Retry | Reauthenticate | Fail:
        try:
            return self._judge(answer)
        except orjson.JSONDecodeError:
            return Retry("a body that is not JSON")

    def _url(self, path: str) -> httpx.URL:
        """The URL; a link to another host is refused, because it would send the token there."""
        base = self._base
        try:
            if path.startswith(("http://", "https://", "/")):
                url = base.join(path)
            else:
                url = httpx.URL(f"{base}/{path}") if path else base
        except httpx.InvalidURL:
            raise SourceError(
                f"{self._source}: {base.host} has a link that is not an address; run again later"
            ) from None
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
            raise SourceError(
                f"{self._source}: {base.host} links to another host, {url.host},"
                " which must not get the token; check the address in the config"
            )
        return url

    def _failure(
        self,
        url: httpx.URL,
        said: str,
        why: str,
        attempts: int,
        advice: str,
        error: type[VoronkaError] = SourceError,
    ) -> VoronkaError:
        # The path of the base may contain a secret, and the host is enough to know.
        path = url.path.removeprefix(self._base.path).strip("/")
        where = f"{self._base.host} at {scrub(path)}" if path else self._base.host
        message = scrub(why)
        found = f"{said}: {message}" if message else said
        times = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        # Our own text with names of variables; long names look like secrets, so it is not scrubbed.
        advice = advice.replace("{token}", self._auth.holder if self._auth else "the config")
        return error(f"{self._source}: {where} {found} ({times}); {advice}")

    def _tell(self, wait: float, reason: str) -> None:
        if wait >= _WORTH_TELLING:
            self._say(f"{self._source}: waiting {wait:,.0f} s, {reason}")


def _pause(state: RetryCallState) -> float:
    """The vendor's own wait plus a little; otherwise exponential backoff with jitter."""
    after = _retryable(state).verdict.after
    if after is not None:
        return after + random.uniform(0.1, 0.2 + min(1.0, after * 0.05))
    return min(_LONGEST_BACKOFF, 2.0**state.attempt_number) * random.uniform(0.5, 1.0)


def _retryable(state: RetryCallState) -> _RetryableError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _RetryableError), "only a retryable attempt is tried again"
    return error


def _said(status: int | None) -> str:
    return "did not answer" if status is None else f"answered {status}"


def _trace(ticket: Ticket) -> Callable[[str, Any], None]:
    """Record in the ticket when the request was sent and when its answer began."""

    def trace(event: str, info: Any) -> None:
        if event.endswith(".send_request_body.complete"):
            ticket.wrote()
        elif event.endswith(".receive_response_headers.complete"):
            ticket.heard()

    return trace


def _is_distrust(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _revealed(base_url: str | Secret) -> str:
    if isinstance(base_url, str):
        return base_url
    for part in httpx.URL(base_url.reveal()).path.split("/"):
        # The vendor's answer may repeat the code alone.
        Secret(part)
    return base_url.reveal()


def _silence() -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False
