"""The parameters of a portal's methods, and the place of rows in their answers."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

Params = dict[str, Any]

# These methods return rows in `items`.
_NESTED = ("crm.stagehistory.list",)
# This method has its own parameter format.
_STATISTIC = "voximplant.statistic.get"


def behind(method: str, params: Params, last: Any) -> Params:
    """The parameters with the order by id, after a given id."""
    filter_ = {**params.get("filter", {}), ">ID": last}
    if method == _STATISTIC:
        return {"FILTER": filter_, "SORT": "ID", "ORDER": "ASC"}
    return {**params, "filter": filter_, "order": {"ID": "ASC"}}


def id_at(method: str, key: str, place: int) -> str:
    """The reference in a batch to the id at a position of the rows of its command `key`."""
    return f"$result[{key}]{'[items]' if method in _NESTED else ''}[{place}][ID]"


def rows(result: Any) -> list[dict[str, Any]]:
    """The rows of a list, wherever its method returns them."""
    found: list[dict[str, Any]] = result["items"] if isinstance(result, dict) else result
    return found


def command(method: str, params: Params) -> str:
    """The query in the format of a batch."""
    return f"{method}?{urlencode(list(_flat(params)))}"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """A query string in PHP's format: `filter[>ID]=7&select[0]=ID`."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        yield name, value
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{name}[{key}]" if name else str(key))
