"""Makes results of findings, each with a sentence that tells the user what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from data_quality.checks import CheckResult, Expectation, Gate, Measure, Rule
from data_quality.engine import ExpectationResult, Validator, rows_of
from data_quality.ledger import marts_fed_by
from orchestration.core import sql

_EXAMPLES = 3


@dataclass(frozen=True)
class Subject:
    """The table of a check and its name in results. `files`: the files of its rows."""

    gate: Gate
    schema: str
    table: str
    source: str
    entity: str
    as_of: date
    files: str | None = None

    @property
    def rows_of(self) -> str | None:
        """The source whose rows are checked; None: all rows of the table."""
        return self.source if self.schema == "landing" and self.source != "all" else None

    @property
    def name(self) -> str:
        """The name for the user: crm.leads (leads.csv)."""
        own = f"{self.source}.{self.entity}" if self.source != "all" else self.entity
        return f"{own} ({self.files})" if self.files else own


def delivered_rule(required: bool) -> Rule:
    """The rule that an entity has rows; for an optional source it only warns."""
    return Rule(
        "delivered",
        "completeness",
        "block" if required else "warn",
        1.0,
        Expectation("ExpectTableRowCountToBeBetween", {"min_value": 1}),
        "landed, expected at least one",
        "export it again, take the entity out of the config, or set `required = false` where the"
        " source may have none",
    )


def missing(subject: Subject, required: bool) -> CheckResult:
    """The result of `delivered` for an entity that was not delivered tonight."""
    rule = delivered_rule(required)
    detail = f"{subject.name}: was not delivered for {subject.as_of}; {rule.advice}"
    return _result(subject, rule, 0.0, 1.0, False, detail)


def results_of(
    validator: Validator, subject: Subject, checks: Sequence[Rule | Measure]
) -> list[CheckResult]:
    """The results of all checks of one table; rules with one check_id make one result."""
    if not checks:
        return []
    findings = validator.validate(
        subject.schema, subject.table, subject.rows_of, [*map(_expectation, checks)]
    )
    results: list[CheckResult] = []
    for check, finding in zip(checks, findings, strict=True):
        if isinstance(check, Measure):
            results += _measured(subject, check, finding)
        else:
            results.append(_counted(validator, subject, check, finding))
    return list(_merged(results))


def _expectation(check: Rule | Measure) -> Expectation:
    if isinstance(check, Measure):
        # Great Expectations prints a line on every query that does not name its table.
        query = check.query if "{batch}" in check.query else f"/* for {{batch}} */ {check.query}"
        return Expectation("ExpectMeasuresToReach", {"unexpected_rows_query": query})
    arguments = {"mostly": check.threshold} if check.threshold < 1 else {}
    if isinstance(check.expects, Expectation):
        return Expectation(check.expects.name, check.expects.arguments | arguments)
    query = f"select * from {{batch}} where {check.expects}"
    return Expectation("ExpectShareOfRows", {"unexpected_rows_query": query, **arguments})


def _measured(
    subject: Subject, check: Measure, finding: ExpectationResult
) -> Iterator[CheckResult]:
    for measure in finding.measures:
        named = replace(subject, entity=measure.get("entity", subject.entity))
        value, threshold = float(measure["value"]), float(measure["threshold"])
        result = _result(named, check, value, threshold, value >= threshold, measure["detail"])
        yield replace(result, date=measure.get("date", subject.as_of))


def _counted(
    validator: Validator, subject: Subject, rule: Rule, finding: ExpectationResult
) -> CheckResult:
    if finding.unexpected is None:
        found = f"{finding.rows} rows {rule.complaint}" if not finding.success else "rows landed"
        detail = f"{subject.name}: {found}" + ("" if finding.success else f"; {rule.advice}")
        return _result(subject, rule, float(finding.success), 1.0, finding.success, detail)
    value = 1 - finding.unexpected / finding.rows if finding.rows else 1.0
    detail = f"{subject.name}: {finding.unexpected} of {finding.rows} rows {rule.complaint}"
    if finding.unexpected:
        detail += f"{_examples(validator, subject, rule, finding.bad_rows)}; {rule.advice}"
    return _result(subject, rule, value, rule.threshold, finding.success, detail)


def _examples(validator: Validator, subject: Subject, rule: Rule, bad_rows: str) -> str:
    """The most frequent bad values and the file of each, if the rule shows any."""
    if isinstance(rule.expects, str):
        batch = f"{sql.name(subject.schema)}.{sql.name(subject.table)}"
        if subject.rows_of:
            batch = f"({rows_of(subject.schema, subject.table, subject.rows_of)})"
        bad_rows = f"select * from {batch} where {rule.expects.format(batch=batch)}"
    shown = "".join(f"{sql.name(column)}, " for column in rule.shown)
    rows = validator.query(
        f"""
        with
        bad as (select {shown} _file from ({bad_rows})),
        counted as (
            select * exclude (_file), min(_file) as _file, count(*) as _rows from bad group by all
        )
        select * from counted order by _rows desc, cast(counted as varchar) limit {_EXAMPLES}
        """
    )
    return ": " + ", ".join(map(_example, rows))


def _example(row: dict[str, Any]) -> str:
    values = [f"{name} `{row[name]}`" for name in row if name not in ("_file", "_rows")]
    return " ".join([*values, f"in {row['_file']} ({row['_rows']}x)"])


def _result(
    subject: Subject,
    check: Rule | Measure,
    value: float,
    threshold: float,
    passed: bool,
    detail: str,
) -> CheckResult:
    if isinstance(check, Measure) and check.affected_marts:
        fed = check.affected_marts
    else:
        fed = marts_fed_by(subject.entity)
    return CheckResult(
        subject.gate,
        check.check_id,
        subject.source,
        subject.entity,
        subject.as_of,
        check.dimension,
        value,
        threshold,
        passed,
        check.severity,
        fed,
        detail,
    )


def _merged(results: list[CheckResult]) -> Iterator[CheckResult]:
    """One result per check, entity and day: the worst value, and the details of what failed."""

    def key(result: CheckResult) -> tuple[Any, ...]:
        return result.check_id, result.entity, result.date

    for _, group in groupby(sorted(results, key=key), key=key):
        same = list(group)
        short = [r.detail for r in same if not r.passed] or [r.detail for r in same if r.value < 1]
        worst = min(same, key=lambda result: (result.passed, result.value))
        yield replace(worst, detail="; ".join(short) or same[0].detail)
