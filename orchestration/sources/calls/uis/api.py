"""UIS's JSON-RPC: errors come in the body of a 200, and the body tells what may heal."""

from collections.abc import Callable
from typing import Any, Self

from orchestration.errors import ConfigError
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.http.client import Api
from orchestration.sources.http.rates import Rate
from orchestration.sources.http.secret import read_secret
from orchestration.sources.http.verdict import Answer, Done, Fail, Retry, Verdict, judge_json

_ADVICE = {
    "access_token_expired": "make a new key in the account",
    "access_token_invalid": "make a new key in the account",
    "access_token_blocked": "make a new key in the account",
    "ip_not_whitelisted": "allow the address of this machine in the account's API settings",
    "forbidden": "give the user of the key the right to read reports",
    "account_inactive": "the account is blocked, see its balance",
}


class Uis:
    """The Data API of one account; every call counts against its limits."""

    def __init__(self, name: str, config: UisSource, say: Callable[[str], None]) -> None:
        self._token = read_secret(config.token_env)
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.requests_per_minute, 60), Rate(config.requests_per_day, 86_400)),
            judge=_judge,
            say=say,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._api.__exit__(*error)

    def call(self, method: str, **params: Any) -> Answer:
        """The answer of a method, its result at `result`."""
        params = {"access_token": self._token.reveal(), **params}
        body = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
        return self._api.post("", json=body)


def _judge(answer: Answer) -> Verdict:
    verdict = judge_json(answer)
    if not isinstance(verdict, Done):
        return verdict
    error = answer.json().get("error")
    if not error:
        return verdict
    problem = (error.get("data") or {}).get("mnemonic") or f"error {error.get('code')}"
    match problem:
        case "limit_exceeded":
            return Retry(problem, 60.0)
        case "internal_error":
            return Retry(problem)
        case _ if advice := _ADVICE.get(problem):
            return Fail(problem, advice, ConfigError)
        case _:
            return Fail(problem, "the vendor does not take this request")
