"""The calls of the portal: in the statistics, and as activities of cards."""

from collections.abc import Callable, Iterator
from typing import Any

from orchestration.emulators.bitrix24.carried import calls
from orchestration.emulators.bitrix24.values import iso
from orchestration.emulators.company import Company


def statistics(company: Company, session_id: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    codes = {"answered": "200", "failed": "404", "abandoned": "603-S", "missed": "304"}
    for row in company.rows(calls(session_id)):
        is_answered = row["result"] == "answered"
        yield {
            "ID": row["call_id"],
            "PORTAL_USER_ID": row["user_id"],
            "PORTAL_NUMBER": row["line_phone"],
            "PHONE_NUMBER": row["client_phone"],
            "CALL_ID": f"externalCall.{row['call_id']}",
            "EXTERNAL_CALL_ID": row["session_id"],
            "CALL_CATEGORY": "external",
            # For an unanswered call this is the ringing time.
            "CALL_DURATION": f"{row['talk_seconds' if is_answered else 'ring_seconds'] or 0}",
            "CALL_START_DATE": iso(row["started_at"]),
            "CALL_RECORD_URL": row["recording_url"] or "",
            "CALL_FAILED_CODE": codes[row["result"]],
            "CRM_ENTITY_TYPE": "LEAD" if row["lead_id"] else "CONTACT",
            "CRM_ENTITY_ID": row["lead_id"] or "1",
            "CRM_ACTIVITY_ID": _activity(row),
            "RECORD_FILE_ID": None,
            "CALL_TYPE": "2" if row["direction"] == "in" else "1",
        }


def activities(company: Company, session_id: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    for row in company.rows(calls(session_id)):
        if row["lead_id"] or row["deal_id"]:
            yield {
                "ID": _activity(row),
                "OWNER_TYPE_ID": "2" if row["deal_id"] else "1",
                "OWNER_ID": row["deal_id"] or row["lead_id"],
                "PROVIDER_ID": "VOXIMPLANT_CALL",
                "LAST_UPDATED": iso(row["started_at"]),
            }


def _activity(row: dict[str, Any]) -> str:
    return f"{50_000 + int(row['call_id'])}"
