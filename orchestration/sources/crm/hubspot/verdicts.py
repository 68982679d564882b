"""The meaning of an answer of the API."""

from orchestration.core.errors import ConfigError
from orchestration.sources.http.verdict import (
    Answer,
    Done,
    Fail,
    Retry,
    Verdict,
    judge_json,
    retry_after,
)


def judge(answer: Answer) -> Verdict:
    verdict = judge_json(answer)
    match answer.status:
        case 207:
            return _judge_parts(answer, verdict)
        case 429 if isinstance(verdict, Retry):
            return _judge_limit(answer, verdict)
        # A short lock, and an account that is being moved.
        case 423 | 477 if isinstance(verdict, Fail):
            return Retry(verdict.why, retry_after(answer) or 2.0)
        case 403 if isinstance(verdict, Fail):
            advice = (
                "give the app of {token} the scope, or set leads, messages or tasks to false to do"
                " without these objects"
            )
            return Fail(verdict.why, advice, ConfigError)
        case 200 if isinstance(verdict, Done):
            return _judge_shape(answer, verdict)
        case _:
            return verdict


def _judge_shape(answer: Answer, verdict: Verdict) -> Verdict:
    """All answers are lists, except that of the account."""
    match answer.json():
        case {"results": list()} | {"portalId": _}:
            return verdict
    return Fail("an answer of an unknown shape", "the vendor has changed its API")


def _judge_parts(answer: Answer, verdict: Verdict) -> Verdict:
    """Objects not found no longer exist; other unreadable objects are requested again."""
    if not isinstance(verdict, Done):
        return verdict
    errors = answer.json().get("errors") or []
    failed = [one for one in errors if one.get("category") != "OBJECT_NOT_FOUND"]
    return Retry(f"{failed[0].get('category')}: {failed[0].get('message')}") if failed else verdict


def _judge_limit(answer: Answer, verdict: Retry) -> Verdict:
    """The wait by the name of the limit, because the vendor's Retry-After is unreliable."""
    try:
        policy = str(answer.json().get("policyName"))
    except (ValueError, AttributeError):
        return verdict
    if policy.startswith("DAILY"):
        return Fail("quota used up", "the requests of this day are spent: run again tomorrow")
    return Retry(verdict.why, 10.0 if policy.startswith("TEN_SECONDLY") else 1.0)
