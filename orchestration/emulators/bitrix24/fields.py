"""Custom fields of the portal and their values in cards and contacts."""

from typing import Any

# Custom fields of the portal.
CUSTOM_FIELDS = {
    "deals": {
        "cost": "UF_CRM_1700000001",
        "lost_reason": "UF_CRM_1700000002",
        "product": "UF_CRM_1700000003",
        "is_test": "UF_CRM_1700000004",
    },
    "leads": {
        "source_type": "UF_CRM_1700000011",
        "channel": "UF_CRM_1700000012",
        "click_id": "UF_CRM_1700000013",
        "client_id": "UF_CRM_1700000014",
        "referrer": "UF_CRM_1700000015",
        "landing_page": "UF_CRM_1700000016",
        "segment": "UF_CRM_1700000017",
        "is_test": "UF_CRM_1700000018",
    },
    "contacts": {"segment": "UF_CRM_1700000021"},
}
_REASONS = ("price", "competitor", "no_answer", "postponed", "not_target")


def fields(entity: str) -> dict[str, Any]:
    """The fields of a kind of card; values of a list have numbers."""
    listed = {"lost_reason": enumerate(_REASONS, 41)}
    return {"TITLE": {"type": "string"}} | {
        name: {
            "type": "enumeration" if column in listed else "string",
            **(
                {"items": [{"ID": f"{n}", "VALUE": text} for n, text in listed[column]]}
                if column in listed
                else {}
            ),
        }
        for column, name in CUSTOM_FIELDS[entity].items()
    }


def custom(entity: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(column, row[column]) for column, name in CUSTOM_FIELDS[entity].items()}


def _plain(column: str, value: Any) -> Any:
    if value is None:
        # An empty value is a text, false or null, depending on the kind of field.
        return {"channel": False, "lost_reason": False, "referrer": None}.get(column, "")
    if column == "lost_reason":
        return f"{41 + _REASONS.index(value)}"
    if column == "cost":
        return f"{value}|RUB"
    return f"{int(value)}" if isinstance(value, bool) else value
