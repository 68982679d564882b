"""The commands of a batch, as PHP reads them."""

import re
from typing import Any
from urllib.parse import parse_qsl


def parsed(query: str, results: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a command as PHP parses them, with the results of earlier commands."""
    asked: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        assert text not in ("None", "True", "False"), f"{name} is no text of PHP"
        steps = re.findall(r"[^\[\]]+", name)
        place = asked
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = _resolved(text, results)
    return asked


def _resolved(text: str, results: Any) -> Any:
    """The value at `$result[p0][49][ID]`; empty if there is none."""
    if not text.startswith("$result"):
        return text
    for step in re.findall(r"\[(\w+)\]", text):
        try:
            results = results[int(step) if isinstance(results, list) else step]
        except (LookupError, TypeError):
            return ""
    return results
