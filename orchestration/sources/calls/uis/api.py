"""UIS's JSON-RPC: errors come in the body of a 200, and the body tells what may heal."""

from typing import Any

from orchestration.errors import ConfigError
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.http import Answer, Api, Done, Fail, Rate, Retry, secret_of
from orchestration.sources.http.verdict import Verdict, judge_status

_WRONG_TOKEN = {"access_token_expired", "access_token_invalid", "access_token_blocked"}
_NO_RIGHT = {"ip_not_whitelisted", "forbidden", "account_inactive", "permission_denied"}
_HEALS = {"internal_error", "limit_exceeded"}


class Uis:
    """The Data API of one account. Every method is one call, that counts against its limits."""

    def __init__(self, name: str, config: UisSource, say) -> None:
        self._token = secret_of(config.token_env)
        self._name = name
        self._api = Api(
            config.base_url,
            source=name,
            rates=(Rate(config.requests_per_minute, 60), Rate(config.requests_per_day, 86_400)),
            judge=self._judge,
            say=say,
        )

    def call(self, method: str, **params: Any) -> Answer:
        params = {"access_token": self._token.reveal(), **params}
        body = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
        return self._api.post("", json=body)

    def _judge(self, answer: Answer) -> Verdict:
        verdict = judge_status(answer)
        if not isinstance(verdict, Done):
            return verdict
        error = answer.json().get("error")
        if not error:
            return verdict
        problem = (error.get("data") or {}).get("mnemonic") or f"{error.get('code')}"
        if problem in _HEALS:
            return Retry(60.0 if problem == "limit_exceeded" else None, problem)
        if problem in _WRONG_TOKEN:
            why = "its key is refused: make a new one in the account and set the variable"
        elif problem in _NO_RIGHT:
            why = "it refuses us: allow this machine's address and the Data API in the account"
        else:
            why = "it did not understand what it was asked"
        return Fail(ConfigError(f"source {self._name}: UIS answers `{problem}`; {why}"))
