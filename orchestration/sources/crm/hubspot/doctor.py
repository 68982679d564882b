"""The findings of `voronka doctor` for a HubSpot account: objects are counted, none is loaded."""

from collections.abc import Iterator
from datetime import date
from math import ceil

from orchestration.core.errors import ConfigError
from orchestration.core.home import Home
from orchestration.sources.base import Finding
from orchestration.sources.crm.hubspot.api import ASSOCIATIONS_PAGE, HISTORY_PAGE, PAGE, HubspotApi
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.crm.hubspot.extract import kinds, stages

# By entity: the kind of object that has its custom fields.
_CUSTOM = {**{kind: kind for kind in ("contacts", "leads", "deals")}, "messages": "communications"}
# The stages of the vendor's default pipeline of leads.
_OWN_STAGES = {"qualified-stage-id": "QUALIFIED", "unqualified-stage-id": "UNQUALIFIED"}


def diagnose(name: str, config: HubspotSource, as_of: date, home: Home) -> Iterator[Finding]:
    """The account, the ids that the config names, and the time of a first load under the limits."""
    with HubspotApi(name, config, home) as hubspot:
        account = hubspot.get("account-info/v3/details").json()
        found = (
            f"the token is valid, account {account['portalId']},"
            f" currency {account.get('companyCurrency')}"
        )
        yield Finding(f"source {name}", found)
        owners = hubspot.get("crm/v3/owners?limit=1")
        yield Finding(f"{name}.users", "may be read")
        yield from _stages(name, config, hubspot)
        yield from _properties(name, config, hubspot)
        requests = 0
        for kind in kinds(config):
            try:
                total = hubspot.search.total(kind)
            except ConfigError as error:
                yield Finding(f"{name}.{kind.name}", str(error), ok=False)
                continue
            requests += ceil(total / (HISTORY_PAGE if kind.history else PAGE))
            requests += len(kind.linked) * ceil(total / ASSOCIATIONS_PAGE)
            yield Finding(f"{name}.{kind.name}", f"{total:,} there are")
    left = owners.headers.get("X-HubSpot-RateLimit-Daily-Remaining")
    minutes = ceil(requests / config.requests_per_ten_seconds * 10 / 60)
    found = f"a first load takes about {requests:,} requests and at least {minutes:,} min"
    # The API does not say who installed an app.
    if left is not None:
        found += f", {int(left):,} requests are left today"
    yield Finding(f"{name} limits", found, left is None or int(left) >= requests)


def _stages(name: str, config: HubspotSource, hubspot: HubspotApi) -> Iterator[Finding]:
    """Whether the account has the stages that the config names, and which stages qualify a lead."""
    there = stages(hubspot, config)
    named = {*config.qualified_stages, *config.unqualified_stages, *config.post_won_stages}
    yield _compared(f"{name} stages", {stage["id"] for stage in there}, named)
    if config.leads and not config.qualified_stages:
        of_leads = [stage for stage in there if stage["kind"] == "leads"]
        told = {stage.get("metadata", {}).get("leadState") for stage in of_leads}
        told |= {_OWN_STAGES.get(stage["id"]) for stage in of_leads}
        if not {*_OWN_STAGES.values()} <= told:
            listed = ", ".join(f"{stage['id']} ({stage['label']})" for stage in of_leads)
            found = (
                "the pipelines do not say which leads are qualified: set qualified_stages and"
                f" unqualified_stages, there are {listed}"
            )
            yield Finding(f"{name} stages of leads", found, ok=False)


def _properties(name: str, config: HubspotSource, hubspot: HubspotApi) -> Iterator[Finding]:
    """The vendor returns no error for a requested property that does not exist."""
    for entity, kind in _CUSTOM.items():
        named = {*config.custom_fields.get(entity, {}).values()}
        if named:
            listed = hubspot.get(f"crm/v3/properties/{kind}").json()["results"]
            there = {one["name"] for one in listed}
            yield _compared(f"{name} properties of {entity}", there, named)


def _compared(what: str, there: set[str], named: set[str]) -> Finding:
    unknown = ", ".join(sorted(named - there))
    found = f"{len(there):,} there, {len(named):,} named in the config"
    if unknown:
        found += f", the account does not have {unknown}"
    return Finding(what, found, not unknown)
