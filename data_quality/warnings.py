"""Which of the warnings of a night a person should read first, and how each is worded."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from data_quality.checks import CheckResult

_NAMED_MARTS = 4


def worst_warnings(results: Iterable[CheckResult], as_of: date) -> list[CheckResult]:
    """The checks that failed and did not refuse the night, one result each, the worst first.

    What is about `as_of` comes before what is about days before it: a thin day of last month was
    told already. Then the furthest below its threshold, then what bears on the most marts.
    """

    def rank(result: CheckResult) -> tuple:
        share = result.value / result.threshold if result.threshold else result.value
        return result.date < as_of, share, -len(result.affected_marts), _named(result)

    failed = (result for result in results if result.severity == "warn" and not result.passed)
    ranked = sorted(failed, key=lambda result: (_named(result), rank(result)))
    return sorted((next(same) for _, same in groupby(ranked, key=_named)), key=rank)


def warning(result: CheckResult) -> str:
    """One sentence: what was found, and the marts that it bears on."""
    marts = result.affected_marts
    if not marts:
        return result.detail
    others = len(marts) - _NAMED_MARTS
    more = f" and {others} more" if others > 0 else ""
    return f"{result.detail}; it bears on {', '.join(marts[:_NAMED_MARTS])}{more}"


def _named(result: CheckResult) -> tuple[str, str, str]:
    return result.check_id, result.source, result.entity
