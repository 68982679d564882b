"""Reads the API of HubSpot into its raw tables."""

from collections.abc import Iterator
from typing import Any

import orjson

from orchestration.sources.connectors.extraction import Extraction
from orchestration.sources.crm.hubspot.api import PAGE, HubspotApi
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.crm.hubspot.reader import Reader
from orchestration.sources.crm.hubspot.tables import (
    ACCOUNT,
    CURRENT_STAGES,
    KINDS,
    OWNERS,
    STAGES,
    Kind,
)


def extract(config: HubspotSource, extraction: Extraction) -> Iterator[None]:
    """Dictionaries in full; for each kind its objects and then the archive, which has the objects
    that were deleted meanwhile."""
    with HubspotApi(extraction.name, config, extraction.home, extraction.say) as hubspot:
        _dictionaries(hubspot, config, extraction)
        for kind in kinds(config):
            reader = Reader(hubspot, config, extraction, kind)
            yield from reader.objects()
            yield from reader.archive()


def kinds(config: HubspotSource) -> list[Kind]:
    """The kinds of objects that the config requires."""
    left_out: set[str] = set()
    if not config.leads:
        left_out.add("leads")
    if config.calls == "ignore":
        left_out.add("calls")
    if not config.messages:
        left_out |= {"emails", "communications"}
    if not config.tasks:
        left_out.add("tasks")
    return [kind for kind in KINDS if kind.name not in left_out]


def _dictionaries(hubspot: HubspotApi, config: HubspotSource, extraction: Extraction) -> None:
    extraction.say("account, owners and pipelines")
    pages = extraction.pages
    pages.add(ACCOUNT, orjson.dumps([hubspot.get("account-info/v3/details").json()]), 1)
    for archived in ("false", "true"):
        for page in hubspot.pages("crm/v3/owners", limit=PAGE, archived=archived):
            pages.add(OWNERS, page.body, len(page.rows))
    listed = stages(hubspot, config)
    for table in (STAGES, CURRENT_STAGES):
        pages.add(table, orjson.dumps(listed), len(listed))


def stages(hubspot: HubspotApi, config: HubspotSource) -> list[dict[str, Any]]:
    """All stages, each with its pipeline and the kind of its objects."""
    return [
        {**stage, "kind": kind, "pipeline_id": pipeline["id"], "pipeline_name": pipeline["label"]}
        for kind in ("deals", *(("leads",) if config.leads else ()))
        for pipeline in hubspot.get(f"crm/v3/pipelines/{kind}").json()["results"]
        for stage in pipeline["stages"]
    ]
