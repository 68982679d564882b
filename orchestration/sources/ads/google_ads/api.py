"""The API of Google Ads: one query returns one stream of chunks, complete or an error."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from orchestration.core.errors import ConfigError
from orchestration.sources.ads.google_ads.config import GoogleAdsSource
from orchestration.sources.http.auth import account_of
from orchestration.sources.http.client import Api
from orchestration.sources.http.oauth import Grant, RotatingToken
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import read_secret
from orchestration.sources.http.tokens import TokenStore
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    Verdict,
    judge_json,
)

_SEEN_BY = "let the user see the account, or set login_customer_id to the user's manager account"
_ADVICE = {
    "USER_PERMISSION_DENIED": _SEEN_BY,
    "CUSTOMER_NOT_FOUND": "correct customer_ids in the config",
    "CUSTOMER_NOT_ENABLED": "the account is closed or not yet open: take it out of customer_ids",
    "REQUESTED_METRICS_FOR_MANAGER": "set customer_ids to the advertisers, not their manager",
    "DEVELOPER_TOKEN_NOT_APPROVED": "ask Google for basic access for the developer token",
    "DEVELOPER_TOKEN_INVALID": "set a valid developer token in the variable of developer_token_env",
    "DEVELOPER_TOKEN_PROHIBITED": "use the developer token with the project it was first used in",
    "ACCESS_PROHIBITED": "ask Google for access for the developer token",
    "UNSUPPORTED_VERSION": "set version to a newer one",
}


class GoogleAdsApi:
    """The accounts of one user. `state`: the private folder that keeps the access token."""

    def __init__(
        self,
        name: str,
        config: GoogleAdsSource,
        state: Path,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        grant = Grant(
            config.token_url,
            config.client_id_env,
            config.client_secret_env,
            config.refresh_token_env,
        )
        headers = {"developer-token": read_secret(config.developer_token_env).reveal()}
        if config.login_customer_id:
            headers["login-customer-id"] = config.login_customer_id
        self._version = config.version
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.operations_per_day, 86_400),),
            judge=_judge,
            auth=RotatingToken(name, grant, TokenStore(state, name), say=say),
            headers=headers,
            # The stream of a month may start late.
            timeout=300.0,
            total_seconds=3600.0,
            account=account_of("google_ads", config.developer_token_env),
            say=say,
        )
        self.clock = self._api.clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def search(self, customer_id: str, query: str) -> list[dict[str, Any]]:
        """The chunks of the answer that have `results`. An answer without rows is requested twice,
        because the landed rows of such days are deleted."""
        return self._search(customer_id, query) or self._search(customer_id, query)

    def _search(self, customer_id: str, query: str) -> list[dict[str, Any]]:
        path = f"{self._version}/customers/{customer_id}/googleAds:searchStream"
        answer = self._api.post(path, json={"query": query})
        return [chunk for chunk in answer.json() if chunk.get("results")]


def _judge(answer: Answer) -> Verdict:
    verdict = judge_json(answer)
    if isinstance(verdict, Done):
        # A stream may start well and end with an error.
        if not isinstance(answer.json(), list):
            return Fail("no list of chunks", "the vendor has changed its API")
        if not _errors(answer.json()):
            return verdict
    try:
        errors = _errors(answer.json())
    except ValueError:
        return verdict
    if not errors:
        return verdict
    failures = [failure for error in errors for failure in _failures(error)]
    codes = [code for failure in failures for code in failure.get("errorCode", {}).values()]
    message = (failures or errors)[0].get("message", "")
    why = f"{', '.join(codes) or errors[0].get('status')}: {message}"
    for code in codes:
        if code in _ADVICE:
            return Fail(why, _ADVICE[code], ConfigError)
    status = errors[0].get("code", answer.status)
    if status == 429 or status >= 500:
        return Retry(why, _delay(failures))
    if status == 403:
        advice = "let the user of {token}, and the project of the client id, use the Google Ads API"
        return Fail(why, advice, ConfigError)
    return Reauthenticate(why) if status == 401 else Fail(why, "see the error in the API's manual")


def _errors(body: Any) -> list[dict[str, Any]]:
    """The errors of an answer, which are in a list like chunks."""
    chunks = body if isinstance(body, list) else [body]
    return [chunk["error"] for chunk in chunks if isinstance(chunk, dict) and "error" in chunk]


def _failures(error: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for detail in error.get("details", []):
        yield from detail.get("errors", [])


def _delay(failures: list[dict[str, Any]]) -> float | None:
    """The longest retry delay in the errors, such as `30s`."""
    quotas = (failure.get("details", {}).get("quotaErrorDetails", {}) for failure in failures)
    delays = [quota["retryDelay"] for quota in quotas if "retryDelay" in quota]
    return max((float(delay.rstrip("s")) for delay in delays), default=None)
