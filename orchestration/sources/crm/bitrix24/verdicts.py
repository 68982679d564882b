"""The meaning of a portal's answer; the portal reports one error in several ways."""

from collections.abc import Mapping
from typing import Any

from orchestration.core.errors import ConfigError
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Reauthenticate,
    Retry,
    Verdict,
    judge_status,
)

# A blocked method is blocked for at most ten minutes. If the portal does not give the end, eight
# waits of this length are longer than the block.
_SHUT_SECONDS = 90.0
_NEW_WEBHOOK = "the webhook is deleted or its address is wrong: make a new one and set {token}"
_NOT_PAID_FOR = "the plan of the portal has no REST API, or it is not paid for"
_NO_PORTAL = "there is no portal at this address: check it in {token}, or base_url"
_ADVICE = {
    "insufficient_scope": "give the webhook or application of {token} the rights crm, user and"
    " department (and telephony, where calls are wanted)",
    "access_denied": "the person the webhook or application of {token} belongs to may not read"
    " this: take an administrator's",
    "invalid_credentials": "the person the webhook or application of {token} belongs to has too few"
    f" rights: take an administrator's; or {_NEW_WEBHOOK}",
    "user_access_error": "the person the webhook or application of {token} belongs to may not read"
    " this: allow the application for this person in the portal",
    "no_auth_found": _NEW_WEBHOOK,
    "invalid_token": "authorise the application again and set {token} to the new refresh token",
    "error_method_not_found": "the portal does not have it: check its version and the rights",
    "payment_required": _NOT_PAID_FOR,
}


def judge(answer: Answer) -> Verdict:
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        if answer.status == 404 or answer.status in range(300, 400):
            return Fail("", _NO_PORTAL, ConfigError)
        verdict = judge_status(answer)
        return Retry("a page for people") if isinstance(verdict, Done) else verdict
    if "result" in content and answer.status < 400:
        return Done()
    # Some methods return 0 or an empty text as the error.
    code = str(content.get("error") or "")
    why = " ".join(str(content.get(part) or "") for part in ("error", "error_description")).strip()
    why = why or "neither a result nor an error"
    match code.lower():
        case "expired_token":
            return Reauthenticate(why)
        case "portal_deleted":
            return Fail(why, _NO_PORTAL, ConfigError)
        case "overload_limit":
            return Fail(why, "Bitrix24 has blocked the portal's REST API by hand: ask its support")
        case "access_denied" if "commercial plan" in why.lower():
            return Fail(why, _NOT_PAID_FOR, ConfigError)
        case "operation_time_limit":
            return Retry(why, _until_reset(content.get("time") or {}))
        case _ if answer.status < 400 or answer.status == 429 or answer.status >= 500:
            return Retry(why)
        case known if known in _ADVICE:
            return Fail(why, _ADVICE[known], ConfigError)
        case _ if answer.status in (401, 403):
            return Fail(why, _ADVICE["access_denied"], ConfigError)
        case _:
            return Fail(why, "the portal does not take this request")


def _until_reset(time: Mapping[str, Any]) -> float:
    """The seconds for which a method is blocked after it exceeded its working time."""
    try:
        return max(1.0, float(time["operating_reset_at"] - time["finish"]))
    except (KeyError, TypeError):
        return _SHUT_SECONDS
