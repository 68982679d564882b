"""The types of checks and their results, and the text of a refusal. Nothing is computed here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Gate = Literal["landing", "marts"]
Severity = Literal["block", "warn"]
Dimension = Literal[
    "freshness",
    "volume",
    "completeness",
    "uniqueness",
    "validity",
    "referential",
    "reconciliation",
    "match",
]


@dataclass(frozen=True)
class CheckSpec:
    """A check as declared before any run. `asset`: landing/<entity> or marts/<table>."""

    name: str
    asset: str
    blocking: bool
    description: str


@dataclass(frozen=True)
class CheckResult:
    """What one check found for one source, entity and day: a row of ledger.checks.

    `value`: a share from 0 to 1, 1 is perfect; `passed`: it reached `threshold`. `source`: `all`
    where the check looks over sources. `entity`: the entity of a landing check, the table of a
    marts check. `date`: the day of the data for daily checks, else the as_of day. `detail`: one
    sentence a person can act on, without personal data.
    """

    gate: Gate
    check_id: str
    source: str
    entity: str
    date: date
    dimension: Dimension
    value: float
    threshold: float
    passed: bool
    severity: Severity
    affected_marts: tuple[str, ...]
    detail: str

    @property
    def asset(self) -> str:
        return f"{self.gate}/{self.entity}"


@dataclass(frozen=True)
class CheckContext:
    """The settings of the night that rules need. `tolerance`: that of the source being checked;
    `may_be_empty`: its entities that may have no rows."""

    as_of: date
    base_currency: str
    time_zone: str
    source: str = "all"
    tolerance: float = 0.0
    required: bool = True
    may_be_empty: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """A Great Expectations expectation by class name, so that nothing is imported yet."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One rule for the rows of a table.

    `expects`: a built-in expectation or, where none says it, the SQL condition of the rows that
    break the rule, `{batch}` standing for the table. `threshold`: the share of rows, from 0 to 1,
    that has to keep it. `complaint` follows "12 of 100 rows". `advice` says what to do. `shown`:
    the columns of a bad row that a person may see.
    """

    check_id: str
    dimension: Dimension
    severity: Severity
    threshold: float
    expects: Expectation | str
    complaint: str
    advice: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """Shares that a query measures by itself, one per row: `value`, `threshold`, `detail`, and
    `entity` and `date` where one query measures several.

    `description`, `affected_marts`: of a marts check; a landing check has those of its check_id
    and entity.
    """

    check_id: str
    dimension: Dimension
    severity: Severity
    query: str
    description: str = ""
    affected_marts: tuple[str, ...] = ()


def refusal(results: Iterable[CheckResult]) -> str | None:
    """Why the night is refused: the details of every failed blocking check, or None."""
    details = [r.detail for r in results if r.severity == "block" and not r.passed]
    return "; ".join(dict.fromkeys(details)) or None
