"""A CRM, a telephony and an ad platform together, each an emulator of the same company; the config
of each; and the data that no vendor of them delivers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from orchestration.core.entities import ENTITIES
from orchestration.emulators import (
    aircall,
    amocrm,
    bitrix24,
    google_ads,
    hubspot,
    mango,
    meta,
    twilio,
    uis,
    yandex_direct,
)
from orchestration.emulators.company import Company

SINCE = date(2023, 12, 1)
ADS_SINCE = date(2024, 1, 1)
Clock = Callable[[], float]
Queries = dict[str, list[str]]


@dataclass(frozen=True)
class Service:
    """A vendor: its emulator, the keys of its source in the config, and the environment variables
    that these keys name. `{url}` stands for the address of the emulator."""

    app: Starlette
    config: Mapping[str, Any]
    secrets: Mapping[str, str]

    def source(self, url: str) -> dict[str, Any]:
        """The keys of the config for an emulator at this address."""
        return _at(url, self.config)

    def environment(self, url: str) -> dict[str, str]:
        """The variables for an emulator at this address."""
        return _at(url, self.secrets)


def _at(url: str, texts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.replace("{url}", url) if isinstance(value, str) else value
        for key, value in texts.items()
    }


def _amocrm(company: Company, clock: Clock, session_id: Callable[[str], str]) -> Service:
    config = {
        "type": "amocrm",
        "base_url": "{url}",
        "token_env": "AMO_TOKEN",
        "history_from": SINCE,
        "lead_pipelines": [amocrm.LEAD_PIPELINE],
        "qualified_stages": [amocrm.QUALIFIED],
        "post_won_stages": [amocrm.POST_WON],
        "calls": "link",
        "messages": True,
        "tasks": True,
        "custom_fields": {
            entity: {column: f"{number}" for column, number in columns.items()}
            for entity, columns in amocrm.FIELD_IDS.items()
        },
    }
    service = amocrm.Amocrm(company, clock=clock, session_id=session_id)
    return Service(service.app, config, {"AMO_TOKEN": amocrm.TOKEN})


def _bitrix24(company: Company, clock: Clock, session_id: Callable[[str], str]) -> Service:
    config = {
        "type": "bitrix24",
        "webhook_env": "B24_WEBHOOK",
        "history_from": SINCE,
        "calls": "link",
        "messages": True,
        "tasks": True,
        "qualified_stages": [bitrix24.QUALIFIED],
        "post_won_stages": [bitrix24.POST_WON],
        "custom_fields": bitrix24.CUSTOM_FIELDS,
    }
    service = bitrix24.Bitrix24(company, clock=clock, session_id=session_id)
    return Service(service.app, config, {"B24_WEBHOOK": f"{{url}}/rest/1/{bitrix24.CODE}/"})


def _hubspot(company: Company, clock: Clock, session_id: Callable[[str], str]) -> Service:
    config = {
        "type": "hubspot",
        "base_url": "{url}",
        "token_env": "HUBSPOT_TOKEN",
        "history_from": SINCE,
        "post_won_stages": [hubspot.POST_WON],
        "calls": "link",
        "messages": True,
        "tasks": True,
        "custom_fields": hubspot.CUSTOM_FIELDS,
    }
    service = hubspot.Hubspot(company, clock=clock, session_id=session_id)
    return Service(service.app, config, {"HUBSPOT_TOKEN": hubspot.TOKEN})


def _uis(company: Company, clock: Clock) -> Service:
    config = {
        "type": "uis",
        "base_url": "{url}/v2.0",
        "token_env": "UIS_TOKEN",
        "time_zone": uis.ZONE,
        "history_from": SINCE,
    }
    return Service(uis.Uis(company, clock=clock).app, config, {"UIS_TOKEN": uis.TOKEN})


def _mango(company: Company, clock: Clock) -> Service:
    config = {
        "type": "mango",
        "base_url": "{url}/vpbx",
        "key_env": "MANGO_KEY",
        "salt_env": "MANGO_SALT",
        "history_from": SINCE,
    }
    secrets = {"MANGO_KEY": mango.KEY, "MANGO_SALT": mango.SALT}
    return Service(mango.Mango(company, clock=clock).app, config, secrets)


def _aircall(company: Company, clock: Clock) -> Service:
    config = {
        "type": "aircall",
        "base_url": "{url}",
        "api_id_env": "AIRCALL_ID",
        "api_token_env": "AIRCALL_TOKEN",
        "history_from": SINCE,
    }
    secrets = {"AIRCALL_ID": aircall.API_ID, "AIRCALL_TOKEN": aircall.API_TOKEN}
    return Service(aircall.Aircall(company, clock=clock).app, config, secrets)


def _twilio(company: Company, clock: Clock) -> Service:
    config = {
        "type": "twilio",
        "base_url": "{url}",
        "account_sid": twilio.ACCOUNT,
        "key_env": "TWILIO_KEY",
        "secret_env": "TWILIO_SECRET",
        "history_from": SINCE,
    }
    secrets = {"TWILIO_KEY": twilio.KEY, "TWILIO_SECRET": twilio.SECRET}
    return Service(twilio.Twilio(company, clock=clock).app, config, secrets)


def _yandex_direct(company: Company, clock: Clock) -> Service:
    config = {
        "type": "yandex_direct",
        "base_url": "{url}/json/v501",
        "token_env": "DIRECT_TOKEN",
        "history_from": ADS_SINCE,
        # Each report takes some time.
        "slice_days": 366,
    }
    service = yandex_direct.YandexDirect(company, clock=clock)
    return Service(service.app, config, {"DIRECT_TOKEN": yandex_direct.TOKEN})


def _google_ads(company: Company, clock: Clock) -> Service:
    config = {
        "type": "google_ads",
        "base_url": "{url}",
        "token_url": "{url}/token",
        "customer_ids": [google_ads.CUSTOMER],
        "developer_token_env": "GOOGLE_DEVELOPER_TOKEN",
        "client_id_env": "GOOGLE_CLIENT_ID",
        "client_secret_env": "GOOGLE_CLIENT_SECRET",
        "refresh_token_env": "GOOGLE_REFRESH_TOKEN",
        "history_from": ADS_SINCE,
    }
    secrets = {
        "GOOGLE_DEVELOPER_TOKEN": google_ads.DEVELOPER_TOKEN,
        "GOOGLE_CLIENT_ID": google_ads.CLIENT_ID,
        "GOOGLE_CLIENT_SECRET": google_ads.CLIENT_SECRET,
        "GOOGLE_REFRESH_TOKEN": google_ads.REFRESH_TOKEN,
    }
    return Service(google_ads.GoogleAds(company, clock=clock).app, config, secrets)


def _meta(company: Company, clock: Clock) -> Service:
    config = {
        "type": "meta",
        "base_url": "{url}",
        "account_id": f"act_{meta.ACCOUNT}",
        "token_env": "META_TOKEN",
        "history_from": ADS_SINCE,
    }
    return Service(meta.Meta(company, clock=clock).app, config, {"META_TOKEN": meta.TOKEN})


CRM = {
    "amocrm": (amocrm, _amocrm),
    "bitrix24": (bitrix24, _bitrix24),
    "hubspot": (hubspot, _hubspot),
}
CALLS = {
    "aircall": (aircall, _aircall),
    "mango": (mango, _mango),
    "twilio": (twilio, _twilio),
    "uis": (uis, _uis),
}
ADS = {
    "yandex_direct": (yandex_direct, _yandex_direct, "yandex_direct"),
    "google_ads": (google_ads, _google_ads, "google_ads"),
    # The campaigns of the company in another network are served as those of Meta.
    "meta": (meta, _meta, "vk_ads"),
}


@dataclass(frozen=True)
class Suite:
    """`services`: the vendors by the name of their source. `beside`: by entity, the queries of the
    data that none of them delivers. `whole`: the queries of all data, as these vendors deliver it.
    """

    services: Mapping[str, Service]
    beside: Queries
    whole: Queries = field(repr=False)


def suite(company: Company, crm: str, calls: str, ads: str, clock: Clock = time.monotonic) -> Suite:
    """The company with one vendor of each kind, by their types."""
    (crm_of, crm_service), (calls_of, calls_service) = CRM[crm], CALLS[calls]
    ads_of, ads_service, platform = ADS[ads]
    services = {
        "crm": crm_service(company, clock, calls_of.session_id),
        "pbx": calls_service(company, clock),
        "ads": ads_service(company, clock),
    }
    beside = {
        "touchpoints": [
            f"""
            select * replace (
                {crm_of.contact_id("contact_id")} as contact_id,
                {crm_of.lead_id("lead_id")} as lead_id
            )
            from touchpoints
            """
        ],
        "payments": [f"select * replace ({crm_of.deal_id('deal_id')} as deal_id) from payments"],
        "plans": [
            f"""
            select * replace (
                if(scope_type = 'manager', {crm_of.user_id("scope_id")}, scope_id) as scope_id
            )
            from plans
            """
        ],
        "fx_rates": ["from fx_rates"],
        "absences": [f"select * replace ({crm_of.user_id('user_id')} as user_id) from absences"],
        "external_events": ["from external_events"],
        "ad_stats": [f"from ad_stats where platform != '{platform}'"],
    }
    # Telephony identifies managers by e-mail; the CRM has the lead or deal of a call.
    spoken = f"""
        with told as (
            select columns(c -> c not in ('user_id', 'lead_id', 'deal_id'))
            from ({calls_of.RENAMED["calls"]})
        )
        select
            told.* exclude (user_email), {crm_of.user_id("users.user_id")} as user_id,
            links.lead_id, links.deal_id
        from told
        left join users on told.user_email = users.email
        left join ({crm_of.call_links(calls_of.session_id)}) as links using (session_id)
    """
    cards = {
        entity: [query]
        for entity, query in crm_of.RENAMED.items()
        if entity not in ("calls", "call_links")
    }
    spent = [ads_of.RENAMED["ad_stats"], *beside["ad_stats"]]
    whole = cards | beside | {"calls": [spoken], "ad_stats": spent}
    return Suite(services, beside, whole)


def write_files(company: Company, folder: Path, queries: Queries) -> dict[str, Any]:
    """Write the results of the queries to files; returns the keys of a source of these files. An
    entity without a query has no file; a column that no query has is empty."""
    folder.mkdir(parents=True, exist_ok=True)
    company.connection.execute(f"use {company.state}")
    entities: dict[str, list[dict[str, Any]]] = {}
    for name, parts in queries.items():
        for number, query in enumerate(parts):
            path = folder / f"{name}.{number}.parquet"
            found = company.connection.sql(query)
            found.write_parquet(f"{path}")
            columns = {one: one for one in ENTITIES[name].column_names if one in found.columns}
            place = f"{folder.name}/{path.name}"
            entities.setdefault(name, []).append({"path": place, "columns": columns})
    return {"type": "files", "time_zone": "UTC", "currency": "RUB", "entities": entities}
