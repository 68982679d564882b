"""Gate 2 over the facts of messages, tasks and external events: no row is lost."""

from data_quality.checks import Measure
from data_quality.comparisons import same_total
from data_quality.ledger import marts_fed_by


def activity_measures(end: str) -> dict[str, list[Measure]]:
    """The measures by table. `end`: the UTC time at which the as_of day ends, as SQL."""
    return {
        "fct_message": [
            _rows("fct_message", "messages", f"sent_at < {end} and direction <> 'internal'")
        ],
        "fct_task": [
            _rows("fct_task", "tasks", f"created_at < {end} and not coalesce(is_deleted, false)")
        ],
        "fct_external_event": [_rows("fct_external_event", "external_events", "true")],
    }


def _rows(table: str, entity: str, counted: str) -> Measure:
    return same_total(
        "rows_equal_landing",
        table,
        f"number of {entity.replace('_', ' ')}",
        "select '' as part, count(*) as total from {batch}",
        f"select '' as part, count(*) as total from landing.{entity} where {counted}",
        marts_fed_by(entity),
    )
