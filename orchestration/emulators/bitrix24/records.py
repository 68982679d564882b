"""Deals, leads and contacts of the portal."""

from collections.abc import Iterator
from typing import Any

from orchestration.emulators.bitrix24.carried import RENAMED
from orchestration.emulators.bitrix24.fields import custom
from orchestration.emulators.bitrix24.numbers import POST_WON, QUALIFIED
from orchestration.emulators.bitrix24.values import begin, iso
from orchestration.emulators.company import Company

# Values for which the portal has a source; its custom field has the others.
_SOURCES = {
    **{"call": "CALL", "form": "WEBFORM", "order": "STORE", "event": "TRADE_SHOW"},
    "chat": "1|OPENLINE",
}


def deals(company: Company) -> Iterator[dict[str, Any]]:
    semantics = {"won": "S", "lost": "F", "open": "P"}
    yield _template()
    for row in company.rows(RENAMED["deals"]):
        stands = "P" if row["stage_id"] == POST_WON else semantics[row["status"]]
        closes = row["expected_close_on"] or row["closed_at"] or row["updated_at"]
        moved_at = row["closed_at"] or row["updated_at"]
        yield {
            "ID": row["deal_id"],
            "TITLE": "Deal",
            "CATEGORY_ID": row["pipeline_id"],
            "STAGE_ID": row["stage_id"],
            "STAGE_SEMANTIC_ID": stands,
            "CURRENCY_ID": row["currency"],
            "OPPORTUNITY": f"{row['amount'] or 0:.2f}",
            "LEAD_ID": row["lead_id"],
            "COMPANY_ID": row["company_id"] or "0",
            "CONTACT_ID": row["contact_id"],
            "ASSIGNED_BY_ID": row["owner_id"],
            "IS_RECURRING": "N",
            "CLOSED": "N" if stands == "P" else "Y",
            "CLOSEDATE": iso(begin(closes)),
            "DATE_CREATE": iso(row["created_at"]),
            "DATE_MODIFY": iso(row["updated_at"]),
            "MOVED_TIME": iso(moved_at),
            **custom("deals", row),
        }


def _template() -> dict[str, Any]:
    """The templates of recurring deals; the list of deals includes them."""
    made_at = "2025-12-01T12:00:00+03:00"
    times = ("CLOSEDATE", "DATE_CREATE", "DATE_MODIFY", "MOVED_TIME")
    return {
        **{"ID": "9000001", "TITLE": "Every month", "CATEGORY_ID": "0", "STAGE_ID": "NEW"},
        **{"STAGE_SEMANTIC_ID": "P", "CURRENCY_ID": "RUB", "OPPORTUNITY": "1000000.00"},
        **dict.fromkeys(("LEAD_ID", "COMPANY_ID", "CONTACT_ID"), "0"),
        **{"ASSIGNED_BY_ID": None, "IS_RECURRING": "Y", "CLOSED": "N"},
        **dict.fromkeys(times, made_at),
    }


def leads(company: Company) -> Iterator[dict[str, Any]]:
    semantics = {"converted": "S", "junk": "F"}
    stages = {"converted": "CONVERTED", "qualified": QUALIFIED}
    for row in company.rows(RENAMED["leads"]):
        junk = f"UC_{row['junk_reason'].upper()}" if row["junk_reason"] else "JUNK"
        stage = junk if row["status"] == "junk" else stages.get(row["status"], "NEW")
        source = _SOURCES.get(row["source_type"], "OTHER")
        if source != "OTHER":
            row["source_type"] = None
        yield {
            "ID": row["lead_id"],
            "TITLE": "Lead",
            "STATUS_ID": stage,
            "STATUS_SEMANTIC_ID": semantics.get(row["status"], "P"),
            "SOURCE_ID": source,
            "CONTACT_ID": row["contact_id"],
            "ASSIGNED_BY_ID": row["owner_id"],
            "COMPANY_TITLE": row["company"],
            "ADDRESS_CITY": row["city"],
            "ADDRESS_COUNTRY": row["country"],
            **{name.upper(): row[name] for name in row if name.startswith("utm_")},
            **_multiple(row["lead_id"], row["phone"], row["email"], row["messenger"]),
            "DATE_CREATE": iso(row["created_at"]),
            "DATE_MODIFY": iso(row["updated_at"]),
            "DATE_CLOSED": iso(row["converted_at"]) if row["converted_at"] else "",
            **custom("leads", row),
        }


def contacts(company: Company) -> Iterator[dict[str, Any]]:
    for row in company.rows(RENAMED["contacts"]):
        first, _, last = row["name"].partition(" ")
        yield {
            "ID": row["contact_id"],
            "NAME": first,
            "LAST_NAME": last or None,
            "COMPANY_ID": row["company_id"],
            "ADDRESS_CITY": row["city"],
            "ADDRESS_COUNTRY": row["country"],
            **_multiple(row["contact_id"], row["phones"], row["emails"], row["messengers"]),
            "DATE_CREATE": iso(row["created_at"]),
            "DATE_MODIFY": iso(row["updated_at"]),
            **custom("contacts", row),
        }


def _multiple(
    id_: str, phones: str | None, emails: str | None, messengers: str | None
) -> dict[str, Any]:
    """Phones and e-mails, if there are any; messengers include chats of open lines."""
    found = {"PHONE": phones, "EMAIL": emails, "IM": messengers}
    lists = {kind: text.split("; ") for kind, text in found.items() if text}
    if int(id_) % 7 == 0:
        lists["IM"] = [*lists.get("IM", []), f"imol|telegrambot|1|{id_}|8"]
    return {
        kind: [
            {"ID": f"{id_}{place}", "VALUE_TYPE": "WORK", "VALUE": value, "TYPE_ID": kind}
            for place, value in enumerate(values)
        ]
        for kind, values in lists.items()
    }
