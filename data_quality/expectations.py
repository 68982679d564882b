"""Our own expectations. Importing this module imports Great Expectations, which takes seconds."""

from typing import Any, ClassVar

from great_expectations.expectations.core import UnexpectedRowsExpectation


class ExpectShareOfRows(UnexpectedRowsExpectation):
    """At least the share `mostly` of the rows is outside of what the query finds."""

    mostly: float = 1.0
    metric_dependencies: ClassVar[tuple[str, ...]] = (
        "unexpected_rows_query.row_count",
        "table.row_count",
    )

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        rows = metrics["table.row_count"]
        unexpected = metrics["unexpected_rows_query.row_count"]
        return {
            "success": rows == 0 or 1 - unexpected / rows >= self.mostly,
            "result": {"element_count": rows, "unexpected_count": unexpected},
        }


class ExpectMeasuresToReach(UnexpectedRowsExpectation):
    """Every row of the query has a `value` that reaches its `threshold`; the rows are returned."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        measures = metrics["unexpected_rows_query.table"]
        return {
            "success": all(measure["value"] >= measure["threshold"] for measure in measures),
            "result": {"details": {"measures": measures}},
        }
