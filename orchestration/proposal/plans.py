"""Plans: what a file of them leaves out, its KPI, whose they are and when their month ends."""

import re

from orchestration.core import sql
from orchestration.proposal.guess import Block, Doubt, Guess, header_of
from orchestration.proposal.samples import Sample
from orchestration.proposal.tables import normal

# A part of a word in a header, and the KPI that is planned.
_KPIS = (
    *(("выруч", "revenue"), ("продаж", "revenue"), ("revenue", "revenue"), ("sales", "revenue")),
    *(("лид", "leads"), ("заяв", "leads"), ("lead", "leads"), ("звон", "calls"), ("call", "calls")),
    *(("сдел", "won_count"), ("deal", "won_count")),
)
# A part of the word above those who have a plan, and what they are.
_SCOPES = (
    *(("отдел", "department"), ("department", "department")),
    *(("команд", "team"), ("team", "team")),
    *(("менедж", "manager"), ("сотрудн", "manager"), ("ответств", "manager")),
    *(("manager", "manager"), ("owner", "manager"), ("user", "manager")),
)


def complete(sample: Sample, found: Block) -> None:
    """Add the KPI and the scope that the headers tell, and the query for the last day of months."""
    guesses = {guess.column: guess.value for guess in found.guesses}
    value, scope = (header_of(guesses.get(column, {})) for column in ("value", "scope_id"))
    if scope is None and "scope_type" not in guesses:
        _add(found, "scope_id", {"constant": "company"}, "no column names a part of the company")
        _add(found, "scope_type", {"constant": "company"}, "the plans are of the company")
    if kpi := _meant(value, _KPIS):
        _add(found, "kpi", {"constant": kpi}, f"`{value}` says so")
    elif "kpi" not in guesses:
        found.doubts = [doubt for doubt in found.doubts if doubt.column != "kpi"]
        known = [{"constant": kpi} for kpi in dict.fromkeys(kpi for _, kpi in _KPIS)]
        found.doubts.append(Doubt("kpi", known, "no header says what is planned", True))
    if kind := _meant(scope, _SCOPES):
        _add(found, "scope_type", {"constant": kind}, f"`{scope}` says so")
    first = guesses.get("period_start")
    header = header_of(first) if first else None
    if header is None or "period_end" in guesses:
        return
    form = first["format"] if isinstance(first, dict) else None
    if isinstance(form, list) or not _are_first_days(sample.values(header)):
        return
    day = f"strptime({sql.name(header)}, {sql.text(form)})" if form else sql.name(header)
    last = f"last_day(cast({day} as date)) as period_end"
    found.keys["query"] = f"    select\n        *,\n        {last}\n    from file\n"
    _add(found, "period_end", "period_end", "a plan is of a month: the query gives its last day")


def _add(found: Block, column: str, value: object, why: str) -> None:
    if any(guess.column == column for guess in found.guesses):
        return
    found.doubts = [doubt for doubt in found.doubts if doubt.column != column]
    found.guesses.append(Guess(column, value, why))


def _meant(header: str | None, words: tuple[tuple[str, str], ...]) -> str | None:
    known = normal(header or "")
    return next((meaning for word, meaning in words if word in known), None)


def _are_first_days(values: list[str]) -> bool:
    """Whether every day is the first one of a month."""
    starts = r"0?1\D.*|\d{4}\D?\d\d\D?01\D*|\d{1,2}/0?1/\d{2,4}"
    return bool(values) and all(re.fullmatch(starts, value) for value in values)
