"""The two gates: they check their rules on the warehouse, and write and return the results."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from data_quality import ledger
from data_quality.checks import CheckContext, CheckResult
from data_quality.daily import daily_measures
from data_quality.deliveries import delivery_measures
from data_quality.emptied import emptied_measures, may_be_empty_measure
from data_quality.engine import Validator, open_validator
from data_quality.found import found_measures
from data_quality.goods import goods_measures
from data_quality.history import history_measures
from data_quality.marts import marts_measures
from data_quality.results import Subject, delivered_rule, missing, results_of
from data_quality.row_rules import key_rule, row_rules
from data_quality.shrunk import shrunk_measures
from orchestration.core.entities import ENTITIES
from orchestration.core.home import Home
from orchestration.settings import Settings
from orchestration.sources.base import SourceConfig


def run_landing_gate(home: Home, settings: Settings, as_of: date) -> list[CheckResult]:
    """Gate 1, whether the input is complete: all checks of the deliveries of `as_of`.

    The results replace those of the same day in ledger.checks, failed ones included; `refusal`
    says whether the night may go on. The warehouse file is closed before and after.
    """
    with open_validator(home, settings.limits) as validator:
        results = list(_landing_results(validator, settings, as_of))
    ledger.write(home, settings.limits, "landing", as_of, results)
    return results


def run_marts_gate(home: Home, settings: Settings, as_of: date) -> list[CheckResult]:
    """Gate 2, whether the marts are correct: their totals against those of the facts and the input.

    Writes and returns results as `run_landing_gate` does.
    """
    with open_validator(home, settings.limits) as validator:
        results = []
        for table, measures in marts_measures(as_of, settings.business.time_zone).items():
            subject = Subject("marts", "marts", table, "all", table, as_of)
            results += results_of(validator, subject, measures)
    ledger.write(home, settings.limits, "marts", as_of, results)
    return results


def _landing_results(
    validator: Validator, settings: Settings, as_of: date
) -> Iterator[CheckResult]:
    business = settings.business
    files = _files(validator, as_of)
    sources_of = Counter[str]()
    for source, config in settings.sources.items():
        context = CheckContext(
            as_of,
            business.base_currency,
            business.time_zone,
            source,
            config.tolerance,
            config.required,
            config.may_be_empty,
        )
        sources_of.update(config.delivers)
        yield from _source_results(validator, context, config, files.get(source, {}))
    for name, sources in sources_of.items():
        if sources > 1 and not ENTITIES[name].is_key_of_source:
            subject = Subject("landing", "landing", name, "all", name, as_of)
            yield from results_of(validator, subject, [key_rule(ENTITIES[name])])


def _source_results(
    validator: Validator, context: CheckContext, config: SourceConfig, files: Mapping[str, str]
) -> Iterator[CheckResult]:
    """The results of one source: of its landed rows, and of their counts in the ledger. `files`:
    the files of tonight's rows, by the ledger's name of a table."""
    came: Mapping[str, str] = files
    if files and config.staging:
        # An entity that is made of several raw tables has the source as its file.
        came = dict.fromkeys(config.delivers, context.source)
    for name, entity in ENTITIES.items():
        subject = Subject(
            *("landing", "landing", name, context.source, name, context.as_of, came.get(name))
        )
        if name in came:
            delivery = (
                may_be_empty_measure(entity, context)
                if name in context.may_be_empty
                else delivered_rule(context.required)
            )
            rules = [delivery, key_rule(entity)]
            rules += [*row_rules(entity, context), *daily_measures(entity, context)]
            rules += [*emptied_measures(entity, context), *shrunk_measures(entity, context)]
            rules += [*found_measures(entity, context), *goods_measures(entity, context)]
            if config.staging:
                rules += history_measures(context)
            yield from results_of(validator, subject, rules)
        elif name in config.delivers:
            yield missing(subject, context.required)
    if files:
        subject = Subject("landing", "ledger", "loads", context.source, "", context.as_of)
        replaced = () if config.staging else config.tables
        merged = {config.ledger_name(one): one for one in config.tables} if config.staging else {}
        yield from results_of(validator, subject, delivery_measures(context, replaced, merged))


def _files(validator: Validator, as_of: date) -> dict[str, dict[str, str]]:
    """The file (or files, or the source itself) each entity of each source came from tonight."""
    rows = validator.query(
        f"""
        select
            source,
            entity,
            coalesce(
                array_to_string(list_slice(list(distinct file order by file), 1, 3), ', ')
                || case when count(distinct file) > 3
                    then ' and ' || (count(distinct file) - 3) || ' more' else '' end,
                source
            ) as files
        from ledger.loads where as_of_date = date '{as_of}'
        group by source, entity
        """
    )
    loaded: dict[str, dict[str, str]] = {}
    for row in rows:
        loaded.setdefault(row["source"], {})[row["entity"]] = row["files"]
    return loaded
