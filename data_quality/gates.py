"""The two gates: they ask their rules of the warehouse, write what they found, and return it."""

from collections.abc import Iterator
from datetime import date

from data_quality import ledger
from data_quality.checks import CheckResult
from data_quality.daily import daily_measures
from data_quality.deliveries import delivery_measures
from data_quality.engine import Validator, open_validator
from data_quality.landing import Night, key_rule, row_rules
from data_quality.marts import marts_measures
from data_quality.results import Subject, delivered, missing, results_of
from orchestration.home import Home
from orchestration.settings import Settings
from orchestration.sources.entities import ENTITIES


def run_landing_gate(home: Home, settings: Settings, as_of: date) -> list[CheckResult]:
    """Is the input complete: every check of what the sources delivered for `as_of`.

    The results replace those of the same day in ledger.checks, failed ones included; `refusal`
    says whether the night may go on. The warehouse file is closed before and after.
    """
    with open_validator(home, settings.limits) as validator:
        results = [*_by_source(validator, settings, as_of)]
        found = {result.entity for result in results}
        results += _over_sources(validator, as_of, found)
    ledger.write(home, settings.limits, "landing", as_of, results)
    return results


def run_marts_gate(home: Home, settings: Settings, as_of: date) -> list[CheckResult]:
    """Is the whole true: totals of the marts against those of the facts and of the input.

    Writes and returns as `run_landing_gate` does.
    """
    with open_validator(home, settings.limits) as validator:
        results = []
        for table, measures in marts_measures(as_of, settings.business.time_zone).items():
            subject = Subject("marts", "marts", table, "all", table, as_of)
            results += results_of(validator, subject, measures)
    ledger.write(home, settings.limits, "marts", as_of, results)
    return results


def _by_source(validator: Validator, settings: Settings, as_of: date) -> Iterator[CheckResult]:
    business = settings.business
    loaded = _loaded(validator, as_of)
    tables = _tables(validator)
    for source, config in settings.sources.items():
        night = Night(
            as_of,
            business.base_currency,
            business.time_zone,
            source,
            config.tolerance,
            config.required,
        )
        files = loaded.get(source, {})
        # A source that says what it delivers is held to it, others to what they delivered.
        configured = {*getattr(config, "entities", ()), *files}
        landed = [
            name
            for name in ENTITIES
            if name in configured and name in tables.get(f"raw_{source}", ())
        ]
        for name, entity in ENTITIES.items():
            subject = Subject(
                "landing", f"raw_{source}", name, source, name, as_of, files.get(name)
            )
            if name in configured and (name not in files or name not in landed):
                yield missing(subject, night.required)
            if name in landed:
                rules = [*row_rules(entity, night), *daily_measures(entity, night)]
                if name in files:
                    rules.insert(0, delivered(night.required))
                yield from results_of(validator, subject, rules)
        if files:
            subject = Subject("landing", "ledger", "loads", source, "", as_of)
            yield from results_of(validator, subject, delivery_measures(night, landed))


def _over_sources(validator: Validator, as_of: date, delivered: set[str]) -> Iterator[CheckResult]:
    for name, entity in ENTITIES.items():
        if name in delivered:
            subject = Subject("landing", "landing", name, "all", name, as_of)
            yield from results_of(validator, subject, [key_rule(entity)])


def _loaded(validator: Validator, as_of: date) -> dict[str, dict[str, str]]:
    """The file (or files, or the source itself) each entity of each source came from tonight."""
    rows = validator.query(
        "select source, entity, coalesce(string_agg(distinct file, ', ' order by file), source)"
        f" as files from ledger.loads where as_of_date = date '{as_of}' group by source, entity"
    )
    loaded: dict[str, dict[str, str]] = {}
    for row in rows:
        loaded.setdefault(row["source"], {})[row["entity"]] = row["files"]
    return loaded


def _tables(validator: Validator) -> dict[str, set[str]]:
    """The landed tables by schema."""
    tables: dict[str, set[str]] = {}
    for row in validator.query("select schema_name, table_name from duckdb_tables()"):
        tables.setdefault(row["schema_name"], set()).add(row["table_name"])
    return tables
