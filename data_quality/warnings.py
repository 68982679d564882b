"""The order of a night's warnings, the most important first, and their text."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from data_quality.checks import CheckResult

_NAMED_MARTS = 4

# These say that money or outcomes are undercounted, or that data did not come. Others, such as ids
# without a matching row, come after them, however large their share.
_FIRST = frozenset(
    (
        *(
            "won_dated",
            "lost_dated",
            "outcome_told",
            "status_fits_stage",
            "calls_outcome_told",
            "money_attributed",
            "order_told_once",
            "fee_told_once",
            "plan_told_once",
        ),
        *("spend_kept", "spend_has_channel", "spend_on_one_basis", "delivered", "fresh", "volume"),
        *("still_filled", "rows_kept", "history_read"),
    )
)


def is_not_applicable(result: CheckResult) -> bool:
    """A company without any stage event cannot deliver some by tomorrow: `mart_completeness` marks
    the marts that need them."""
    return result.check_id == "history_told" and result.value == 0


def worst_warnings(results: Iterable[CheckResult], as_of: date) -> list[CheckResult]:
    """The checks that failed and did not refuse the night, one result each, the worst first.

    Results about `as_of` come first, because those about earlier days were shown before; of them,
    that a part of the history has not been read, which explains others. Then those that affect
    money, outcomes and deliveries. Then those furthest below their threshold, then
    those that affect the most marts.
    """

    def rank(result: CheckResult) -> tuple[Any, ...]:
        share = result.value / result.threshold if result.threshold else result.value
        is_partial = result.check_id == "history_read"
        is_later = result.date < as_of, not is_partial, result.check_id not in _FIRST
        return *is_later, share, -len(result.affected_marts), _named(result)

    failed = (
        result
        for result in results
        if result.severity == "warn" and not result.passed and not is_not_applicable(result)
    )
    ranked = sorted(failed, key=lambda result: (_named(result), rank(result)))
    return sorted((next(same) for _, same in groupby(ranked, key=_named)), key=rank)


def warning(result: CheckResult) -> str:
    """One sentence: what was found, and the marts that it affects."""
    marts = result.affected_marts
    if not marts:
        return result.detail
    others = len(marts) - _NAMED_MARTS
    more = f" and {others} more" if others > 0 else ""
    return f"{result.detail}; it bears on {', '.join(marts[:_NAMED_MARTS])}{more}"


def _named(result: CheckResult) -> tuple[str, str, str]:
    # What has been read of a source is the same for all of its entities.
    entity = "" if result.check_id == "history_read" else result.entity
    return result.check_id, result.source, entity
