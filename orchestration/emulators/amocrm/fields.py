"""Custom fields of the account and their values in cards and contacts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

CUSTOM_FIELDS = {
    "deals": ("currency", "cost", "lead_id", "expected_close_on", "product", "is_test"),
    "leads": (
        *("source_type", "channel", "click_id", "client_id", "landing_page", "phone", "email"),
        *("messenger", "company", "segment", "country", "city", "deal_id", "is_test"),
    ),
    "contacts": ("segment", "city", "country"),
}
FIELD_IDS = {
    entity: {column: 1000 * number + place for place, column in enumerate(columns)}
    for number, (entity, columns) in enumerate(CUSTOM_FIELDS.items(), 1)
}
_CODES = {
    **{f"utm_{part}": 91 + n for n, part in enumerate(("source", "medium", "campaign"))},
    **{"utm_content": 94, "utm_term": 95, "referrer": 96},
    **{"phones": 97, "emails": 98, "messengers": 99},
}
_CODE_NAMES = {"phones": "PHONE", "emails": "EMAIL", "messengers": "IM"}


def filled(entity: str, row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The fields with values; without any, null and not an empty list."""
    fields = []
    for name, value in row.items():
        if value is None or name not in {**FIELD_IDS[entity], **_CODES}:
            continue
        own = FIELD_IDS[entity].get(name)
        code = None if own else _CODE_NAMES.get(name, name.upper())
        parts = value.split("; ") if name in _CODE_NAMES else [value]
        fields.append(
            {
                "field_id": own or _CODES[name],
                "field_code": code,
                "values": [{"value": _plain(part)} for part in parts],
            }
        )
    return fields or None


def _plain(value: Any) -> Any:
    """A value in the format of amoCRM: a date is the second at which its day begins in the zone of
    the account."""
    if isinstance(value, date):
        begin = datetime(value.year, value.month, value.day, tzinfo=ZoneInfo("Europe/Moscow"))
        return int(begin.timestamp())
    return str(value) if isinstance(value, Decimal) else value
