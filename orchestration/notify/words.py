"""The words of digests and alerts, Russian and English."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

Language = Literal["ru", "en"]

_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    "ru": (
        *("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август"),
        *("сентябрь", "октябрь", "ноябрь", "декабрь"),
    ),
}

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "{company}: sales as of {day}",
        "leads": "Leads",
        "won": "Won deals",
        "revenue": "Revenue",
        "spend": "Ad spend",
        "calls": "Calls",
        "measure": "{label}, {month}: {value}; {month_before} to the same day: {before}",
        "unknown": "no data",
        "green": "green",
        "yellow": "yellow",
        "red": "red",
        "plan": "Plan {kpi}, {month}: {color}. {reason}",
        "plan_parts": "Plan {kpi}, {month}, {level}: {told}",
        "department": "departments",
        "team": "teams",
        "manager": "managers",
        "risks": "Open deals at risk: {told}",
        "risks_known": "{risky} of {all}",
        "risks_unknown": "not known for {unknown} of {all}",
        "complete": "Data: {score} complete at the worst, in {mart}",
        "no_findings": "Nothing stands out this month beyond chance",
        "alert_title": "{company}: new findings as of {day}",
        "failed_title": "{company}: the night as of {day} was not published",
        "unserved_title": "{company}: the night as of {day} is published, but not on the server",
        "files_stand": "Published as files: {id} as of {day}, published at {at} UTC.",
        "stands": "Still published: {id} as of {day}, published at {at} UTC.",
        "nothing_stands": "Nothing has been published before.",
    },
    "ru": {
        "title": "{company}: продажи на {day}",
        "leads": "Лиды",
        "won": "Выигранные сделки",
        "revenue": "Выручка",
        "spend": "Расход на рекламу",
        "calls": "Звонки",
        "measure": "{label}, {month}: {value}; {month_before} к тому же дню: {before}",
        "unknown": "нет данных",
        "green": "зелёный",
        "yellow": "жёлтый",
        "red": "красный",
        "plan": "План «{kpi}», {month}: {color}. {reason}",
        "plan_parts": "План «{kpi}», {month}, {level}: {told}",
        "department": "отделы",
        "team": "команды",
        "manager": "менеджеры",
        "risks": "Открытые сделки под риском: {told}",
        "risks_known": "{risky} из {all}",
        "risks_unknown": "не известно по {unknown} из {all}",
        "complete": "Данные: полнота не ниже {score}, худшая в {mart}",
        "no_findings": "Сверх случайного в этом месяце ничего не выделяется",
        "alert_title": "{company}: новые выводы на {day}",
        "failed_title": "{company}: ночь за {day} не опубликована",
        "unserved_title": "{company}: ночь за {day} опубликована, но не на сервере",
        "files_stand": "Опубликовано в файлах: {id} за {day}, {at} UTC.",
        "stands": "Остаётся опубликованной: {id} за {day}, опубликована {at} UTC.",
        "nothing_stands": "До этого ничего не было опубликовано.",
    },
}


def month_name(day: date, language: Language) -> str:
    """The month and the year of a day, as June 2026."""
    return f"{_MONTHS[language][day.month - 1]} {day.year}"


def number(value: float, language: Language, unit: str = "") -> str:
    """A whole number with its thousands apart and its unit."""
    written = f"{value:,.0f}"
    if language == "ru":
        written = written.replace(",", "\N{NO-BREAK SPACE}")
    return f"{written} {unit}".strip()


def share(value: float, language: Language) -> str:
    """A share in percent, rounded down: what is not quite whole is not 100 %."""
    written = f"{int(value * 1000) / 10:.1f}"
    return f"{written.replace('.', ',') if language == 'ru' else written} %"


def change(value: float, before: float, language: Language) -> str:
    """How far a number is above or below another, in percent; empty if the other is 0."""
    if not before:
        return ""
    written = f"{value / before - 1:+.1%}"[:-1]
    return f" ({written.replace('.', ',') if language == 'ru' else written} %)"
