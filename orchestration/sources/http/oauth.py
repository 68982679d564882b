"""OAuth 2 with a refresh token, also one that can be used only once.

New tokens are on the disk before they are used, and a lock keeps two processes from spending the
same refresh token. What is left: a crash after the vendor has made new tokens and before they are
written, or an answer that is lost on its way. The old refresh token is then tried again, and where
the vendor refuses it the sentence says which variable needs a new one. No client can do more.
"""

import hashlib
import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import httpx

from orchestration.core.errors import ConfigError
from orchestration.sources.http.auth import Renewable
from orchestration.sources.http.client import Api
from orchestration.sources.http.clock import Clock
from orchestration.sources.http.secret import Secret, read_secret
from orchestration.sources.http.tokens import Tokens, TokenStore
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Retry,
    Verdict,
    excerpt,
    judge_json,
)

_TOKEN = "voronka_token"
_ADDRESS = "check the address in the config that gives the tokens"
_NO_TOKEN = f"run again later, or {_ADDRESS}"


@dataclass(frozen=True)
class Grant:
    """How a vendor renews tokens. The `_env` are names of environment variables.

    `sent_as`: a JSON body, a form, or the query of a GET. `early`: seconds before its end at which
    a token is renewed, None where the vendor wants that only once it has refused it.
    """

    url: str
    client_id_env: str
    client_secret_env: str
    refresh_token_env: str
    sent_as: Literal["json", "form", "query"] = "form"
    extra: Mapping[str, str] = field(default_factory=dict)
    early: float | None = 300.0


def bearer(request: httpx.Request, token: str) -> None:
    request.headers["Authorization"] = f"Bearer {token}"


class RotatingToken(Renewable):
    """Sends the access token, and renews it near its end or once the vendor refuses it.

    `place` puts the token into a request. A new refresh token in the environment, set by a person
    who has authorised again, wins over what is kept.
    """

    def __init__(
        self,
        source: str,
        grant: Grant,
        store: TokenStore,
        *,
        place: Callable[[httpx.Request, str], None] = bearer,
        say: Callable[[str], None] = lambda sentence: None,
        clock: Clock | None = None,
    ) -> None:
        self._grant = grant
        self.holder = grant.refresh_token_env
        self.remedy = f"authorise again and set {self.holder} to the new refresh token"
        self._store = store
        self._place = place
        self._wall = (clock or Clock()).wall
        self._api = Api(
            grant.url, source=source, judge=self._judge, attempts=5, say=say, clock=clock
        )

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        tokens = self._store.read()
        if tokens is None or not self._is_good(tokens):
            tokens = self._renew(refused=None)
        request.extensions[_TOKEN] = tokens.access
        self._place(request, tokens.access.reveal())
        yield request

    def renew(self, refused: httpx.Request) -> None:
        """Get a new token instead of the refused one, unless another process has already."""
        self._renew(refused.extensions[_TOKEN].reveal())

    def _renew(self, refused: str | None) -> Tokens:
        with self._store.locked():
            kept = self._store.read()
            if kept and self._is_good(kept) and kept.access.reveal() != refused:
                return kept
            seed = self._seed()
            if kept and (seed is None or kept.seed == seed):
                refresh, origin = kept.refresh, kept.seed
            else:
                refresh = read_secret(self._grant.refresh_token_env)
                origin = _digest(refresh)
            with self._store.replacing() as save:
                given = self._ask(refresh)
                tokens = Tokens(
                    Secret(given["access_token"]),
                    Secret(given.get("refresh_token") or refresh.reveal()),
                    self._renew_at(given.get("expires_in")),
                    origin,
                )
                save(tokens)
            return tokens

    def _is_good(self, tokens: Tokens) -> bool:
        """Whether the token is not near its expiry and not older than a refresh token set by a
        user."""
        if tokens.renew_at is not None and tokens.renew_at <= self._wall():
            return False
        return self._seed() in (None, tokens.seed)

    def _renew_at(self, expires_in: Any) -> float | None:
        """When to renew: a short-lived token is used for at least half of its lifetime."""
        early = self._grant.early
        if expires_in is None or early is None:
            return None
        lasts = float(expires_in)
        return self._wall() + max(lasts - early, lasts / 2)

    def _seed(self) -> str | None:
        variable = self._grant.refresh_token_env
        return _digest(read_secret(variable)) if os.environ.get(variable) else None

    def _ask(self, refresh: Secret) -> Any:
        grant = self._grant
        asked = {
            "grant_type": "refresh_token",
            "client_id": read_secret(grant.client_id_env).reveal(),
            "client_secret": read_secret(grant.client_secret_env).reveal(),
            "refresh_token": refresh.reveal(),
            **grant.extra,
        }
        if grant.sent_as == "query":
            return self._api.get(grant.url, asked).json()
        if grant.sent_as == "json":
            return self._api.post(grant.url, json=asked).json()
        return self._api.post(grant.url, form=asked).json()

    def _judge(self, answer: Answer) -> Verdict:
        verdict = judge_json(answer)
        if isinstance(verdict, Done):
            match answer.json():
                case {"access_token": str()}:
                    return verdict
                case {"error": _}:
                    pass
                case _:
                    # The vendor has not refused the token.
                    verdict = Retry("it gives no token and no reason")
        if isinstance(verdict, Retry):
            return replace(verdict, advice=_NO_TOKEN) if answer.status == 200 else verdict
        if answer.status == 404 or answer.status in range(300, 400):
            return Fail("no tokens are given there", _ADDRESS, ConfigError)
        return Fail(
            ": ".join(filter(None, ("it gives no new token", excerpt(answer)))),
            self.remedy,
            ConfigError,
        )


def _digest(secret: Secret) -> str:
    return hashlib.sha256(secret.reveal().encode()).hexdigest()
