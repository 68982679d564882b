"""A list: a page of 50 rows, filtered and ordered, with the requested fields."""

import re
from datetime import datetime
from typing import Any

PAGE = 50


def listed(
    rows: list[dict[str, Any]], asked: dict[str, Any], nested: bool, takes_offsets: bool = True
) -> dict[str, Any]:
    """A page of the requested rows, with the requested order and fields. `takes_offsets`: if not, a
    time in a filter is read as a time of the portal, whatever its offset."""
    for condition, value in asked.get("filter", {}).items():
        rows = [row for row in rows if _holds(row, condition, value, takes_offsets)]
    is_up = {k.upper(): v.upper() for k, v in asked.get("order", {}).items()}.get("ID") == "ASC"
    rows = sorted(rows, key=lambda row: int(row["ID"]), reverse=not is_up)
    start = int(asked.get("start") or 0)
    # With -1 the portal does not count.
    first = 0 if start < 0 else start // PAGE * PAGE
    page = [_selected(row, asked.get("select")) for row in rows[first : first + PAGE]]
    content: dict[str, Any] = {"result": {"items": page} if nested else page}
    content["total"] = 0 if start < 0 else len(rows)
    if start >= 0 and len(rows) > first + PAGE:
        content["next"] = first + PAGE
    return content


def _holds(row: dict[str, Any], condition: str, value: Any, takes_offsets: bool) -> bool:
    parts = re.fullmatch(r"([<>=]*)(\w+)", condition)
    assert parts is not None, f"{condition} is not a condition"
    operator, name = parts.groups()
    # A filter without a value is ignored.
    if value == "":
        return True
    found: Any = row[name]
    if isinstance(value, list | dict):
        return found in (value.values() if isinstance(value, dict) else value)
    wanted: Any = str(value)
    if name == "ID":
        found, wanted = int(found), int(wanted)
    elif operator not in ("", "="):
        found, wanted = (datetime.fromisoformat(text) for text in (found, wanted))
        if not takes_offsets:
            wanted = wanted.replace(tzinfo=found.tzinfo)
    match operator:
        case ">":
            return bool(found > wanted)
        case ">=":
            return bool(found >= wanted)
        case "<=":
            return bool(found <= wanted)
        case _:
            return bool(str(found) == wanted)


_MULTIPLE = (("PHONE", list), ("EMAIL", list), ("IM", list))


def _selected(row: dict[str, Any], select: Any) -> dict[str, Any]:
    """Phones and custom fields are included only on request."""
    if not select:
        return {
            name: value
            for name, value in row.items()
            if not name.startswith("UF_CRM_") and (name, type(value)) not in _MULTIPLE
        }
    names = set(select.values() if isinstance(select, dict) else select)
    return {name: value for name, value in row.items() if name in names or name == "ID"}
