"""The findings of `voronka doctor` for a portal: lists are counted, none is loaded."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import ceil

from orchestration.core.home import Home
from orchestration.sources.base import Finding
from orchestration.sources.crm.bitrix24.api import COMMANDS, PAGE, Bitrix24Api
from orchestration.sources.crm.bitrix24.config import Bitrix24Source
from orchestration.sources.crm.bitrix24.extract import LEAD_PIPELINE, changes, stages, sweeps
from orchestration.sources.crm.bitrix24.spans import PAGES_AT_ONCE, ROWS_AT_ONCE, SLICE_DAYS


def diagnose(name: str, config: Bitrix24Source, as_of: date, home: Home) -> Iterator[Finding]:
    """The permissions, the ids that the config names, and the time of a first load under the
    limits."""
    with Bitrix24Api(name, config, home) as bitrix:
        scopes = bitrix.ask("scope")["result"]
        yield Finding(f"source {name}", f"the way in is valid, rights {', '.join(scopes)}")
        yield _reader(name, bitrix)
        users = bitrix.ask("user.get", start=0)["total"]
        yield Finding(f"{name}.users", f"{users:,} there")
        yield from _named(name, config, bitrix)
        since = datetime(*config.history_from.timetuple()[:3], tzinfo=UTC).isoformat()
        slices = ceil(((as_of - config.history_from).days + 1) / SLICE_DAYS)
        requests = 0
        for one in changes(config):
            span = {**one.params.get("filter", {}), f">={one.cursor}": since}
            rows = bitrix.count(one.method, one.params | {"filter": span, "select": ["ID"]})
            # Large lists are counted by month; the first page of a span counts the rows after it.
            months = ceil(slices / COMMANDS) if rows > ROWS_AT_ONCE else 0
            spans = min(slices, ceil(rows / ROWS_AT_ONCE)) + 1
            pages = ceil(max(0, rows / spans / PAGE - 1) / PAGES_AT_ONCE)
            requests += 1 + months + spans * (1 + pages)
            yield Finding(f"{name}.{one.table.name}", f"{rows:,} rows since {config.history_from}")
        present = sum(
            bitrix.count(method, {**params, "select": ["ID"]})
            for _, method, params in sweeps(config)
        )
        requests += ceil(present / PAGE / COMMANDS)
    minutes = ceil(max(0, requests - config.burst) / config.requests_per_second / 60)
    found = f"a first load takes about {requests:,} requests and at least {minutes:,} min"
    yield Finding(f"{name} limits", found)


def _reader(name: str, bitrix: Bitrix24Api) -> Finding:
    """Whether the person who reads sees all cards: others are left out of the lists without a word,
    and landed ones that are left out count as deleted."""
    is_admin = bool(bitrix.ask("profile")["result"].get("ADMIN"))
    found = "by an administrator, who sees all cards"
    if not is_admin:
        found = (
            "expected an administrator: cards that this person may not see are missing and count"
            " as deleted"
        )
    return Finding(f"{name} reading", found, is_admin)


def _named(name: str, config: Bitrix24Source, bitrix: Bitrix24Api) -> Iterator[Finding]:
    """Whether the portal has the ids that the config names."""
    of_leads: set[str] = set()
    of_deals: set[str] = set()
    for stage in stages(bitrix):
        there = of_leads if stage["pipeline_id"] == LEAD_PIPELINE else of_deals
        there.add(stage["STATUS_ID"])
    fields: set[str] = set()
    for entity in config.custom_fields:
        fields |= bitrix.ask(f"crm.{entity.removesuffix('s')}.fields")["result"].keys()
    mapped = {one for columns in config.custom_fields.values() for one in columns.values()}
    for what, named, there in (
        ("stages of leads", {*config.qualified_stages}, of_leads),
        ("stages of deals", {*config.post_won_stages}, of_deals),
        ("custom fields", mapped, fields),
    ):
        unknown = ", ".join(sorted(named - there))
        found = f"{len(there):,} there, {len(named):,} named in the config"
        if unknown:
            found += f", the portal does not have {unknown}"
        yield Finding(f"{name} {what}", found, not unknown)
