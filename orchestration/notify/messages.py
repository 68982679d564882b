"""What people are told: the digest of a publication, new findings, and a night that failed. No
message names a client."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb

from orchestration.core import sql
from orchestration.core.entities import ENTITIES
from orchestration.headline import (
    MEASURES,
    Measure,
    as_of_date,
    completeness,
    month_to_date,
    same_days_before,
)
from orchestration.notify.send import Message
from orchestration.notify.words import WORDS, Language, change, month_name, number, share
from orchestration.publish import Publication
from orchestration.sources.http.secret import scrub

_FINDINGS = 3
_LONGEST = 1000
_QUOTED = re.compile(r"(column )?`([^`]*)`")
# What a sentence may quote: it is of the contract or of the config, and not of a cell.
_KNOWN = {
    *("tolerance", "voronka publish"),
    *ENTITIES,
    *(name for one in ENTITIES.values() for name in one.column_names),
}
# Calls are many and say little by themselves.
_TOLD = tuple(measure for measure in MEASURES if measure.name != "calls")


def digest(marts: Path, company: str, currency: str, language: Language) -> Message:
    """The main numbers of the month up to the as_of day in some ten lines, of the published file.

    Money is in `currency`. What no source delivers is left out.
    """
    words = WORDS[language]
    with duckdb.connect(marts, read_only=True) as connection:
        day = as_of_date(connection)
        lines = [
            *(
                line
                for measure in _TOLD
                if (line := _measure(connection, measure, day, currency, language))
            ),
            *_plan(connection, day, language),
            *_findings(connection, day, language),
            *_risks(connection, currency, language),
            *_complete(connection, day, language),
        ]
    return Message(words["title"].format(company=company, day=day), lines)


def new_findings(
    marts: Path, language: Language, told: Iterable[str]
) -> tuple[date, dict[str, str]]:
    """The as_of day, and the sentence of each finding of severity high of its month, by its id,
    without those of `told`."""
    with duckdb.connect(marts, read_only=True) as connection:
        day = as_of_date(connection)
        rows = connection.execute(
            f"select finding_id, sentence_{language} from marts.mart_finding"  # noqa: S608 - one of two words
            " where period_start = ? and severity = 'high' order by place",
            [day.replace(day=1)],
        ).fetchall()
    known = set(told)
    return day, {one: sentence for one, sentence in rows if one not in known}


def alert(sentences: Iterable[str], company: str, day: date, language: Language) -> Message:
    """Findings that nobody was told of yet."""
    title = WORDS[language]["alert_title"].format(company=company, day=day)
    return Message(title, [f"• {sentence}" for sentence in sentences])


def failure(
    sentences: Iterable[str],
    company: str,
    day: date | str,
    current: Publication | None,
    language: Language,
    is_published: bool = False,
) -> Message:
    """A night that published nothing: why, and what is still published. `is_published`: only a
    server of the config did not take the marts."""
    words = WORDS[language]
    if current:
        stands = words["files_stand" if is_published else "stands"].format(
            id=current.id, day=current.as_of_date, at=f"{current.published_at:%Y-%m-%d %H:%M}"
        )
    else:
        stands = words["nothing_stands"]
    title = words["unserved_title" if is_published else "failed_title"].format(
        company=company, day=day
    )
    return Message(title, [*(f"✗ {_outside(sentence)}" for sentence in sentences), stands])


def _outside(sentence: str) -> str:
    """A sentence as it may leave the house. What it quotes may be a cell, in which anything may
    stand that was written into the wrong column: only names of the contract and of columns stay."""
    if sentence.count("`") % 2:
        # A value has such a mark in it: nobody can tell where it ends.
        sentence = sentence.partition("`")[0]

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if quoted[1] or quoted[2] in _KNOWN else "a value"

    return scrub(_QUOTED.sub(shown, sentence), longest=_LONGEST)


def _measure(
    marts: duckdb.DuckDBPyConnection, measure: Measure, day: date, currency: str, language: Language
) -> str | None:
    words = WORDS[language]
    unit = currency if measure.is_money else ""
    period, earlier = month_to_date(day), same_days_before(day)
    value, before = (measure.of(marts, days) for days in (period, earlier))
    if value is None and before is None:
        return None
    shown, shown_before = (
        words["unknown"] if one is None else number(one, language, unit) for one in (value, before)
    )
    if value is not None and before is not None:
        shown_before += change(value, before, language)
    return words["measure"].format(
        label=words[measure.name],
        month=month_name(period[0], language),
        value=shown,
        month_before=month_name(earlier[0], language),
        before=shown_before,
    )


def _plan(marts: duckdb.DuckDBPyConnection, day: date, language: Language) -> list[str]:
    words = WORDS[language]
    rows = marts.execute(
        f"select kpi.name_{language}, status_color, color_reason_{language}"  # noqa: S608 - one of two words
        " from marts.mart_plan_forecast join marts.dim_kpi as kpi using (kpi_id)"
        " where scope_type = 'company' and period_grain = 'month' and period_start = ?"
        " and kpi_id = 'revenue' and plan is not null and status_color is not null",
        [day.replace(day=1)],
    ).fetchall()
    month = month_name(day, language)
    return [
        words["plan"].format(kpi=kpi, month=month, color=words[color], reason=reason)
        for kpi, color, reason in rows
    ] or _plans_of_parts(marts, day, language)


def _plans_of_parts(marts: duckdb.DuckDBPyConnection, day: date, language: Language) -> list[str]:
    """Where the company has no plan: how many of its departments have each colour, else of its
    teams or its managers."""
    words = WORDS[language]
    rows = marts.execute(
        f"select kpi.name_{language}, scope_type, status_color, count(*),"  # noqa: S608 - one of two words
        " list_position(['department', 'team', 'manager'], scope_type) as level"
        " from marts.mart_plan_forecast join marts.dim_kpi as kpi using (kpi_id)"
        " where level is not null and period_grain = 'month' and period_start = ?"
        " and kpi_id = 'revenue' and plan is not null group by 1, 2, 3, level"
        " qualify level = min(level) over ()"
        " order by list_position(['red', 'yellow', 'green'], status_color) nulls last",
        [day.replace(day=1)],
    ).fetchall()
    if not rows:
        return []
    kpi, level = rows[0][:2]
    told = ", ".join(
        f"{words.get(color, words['unknown'])} {count}" for _, _, color, count, _ in rows
    )
    month = month_name(day, language)
    return [words["plan_parts"].format(kpi=kpi, month=month, level=words[level], told=told)]


def _findings(marts: duckdb.DuckDBPyConnection, day: date, language: Language) -> list[str]:
    rows = marts.execute(
        f"select sentence_{language} from marts.mart_finding where period_start = ?"  # noqa: S608 - one of two words
        " order by place limit ?",
        [day.replace(day=1), _FINDINGS],
    ).fetchall()
    return [f"• {sentence}" for (sentence,) in rows] or [WORDS[language]["no_findings"]]


def _risks(marts: duckdb.DuckDBPyConnection, currency: str, language: Language) -> list[str]:
    words = WORDS[language]
    every, unknown, risky, amount = sql.only_row(
        marts.execute(
            "select count(*), count(*) filter (where status_color = 'none'),"
            " count(*) filter (where risk_count > 0),"
            " sum(amount_base) filter (where risk_count > 0)"
            " from marts.mart_deal_risk"
        )
    )
    if not every:
        return []
    not_known = words["risks_unknown"].format(unknown=unknown, all=every)
    if unknown == every:
        return [words["risks"].format(told=not_known)]
    known = "" if amount is None and risky else f", {number(amount or 0, language, currency)}"
    told = words["risks_known"].format(risky=risky, all=every) + known
    return [words["risks"].format(told=f"{told}; {not_known}" if unknown else told)]


def _complete(marts: duckdb.DuckDBPyConnection, day: date, language: Language) -> list[str]:
    scores = completeness(marts, day)
    if not scores:
        return []
    mart, (score, _) = next(iter(scores.items()))
    return [WORDS[language]["complete"].format(score=share(score, language), mart=mart)]
