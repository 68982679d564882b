"""Pages that overlap: a row that is added at the start of a list while it is read moves another row
to the next page, where it occurs again."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The position of a page in a list, in an address or in a body.
_PLACE = re.compile(rb'\b(?:page|offset|after|start|Page|PageToken)"?[=:]\s*"?([^&,"}\s]*)')
_FIRST = {b"", b"-1", b"0", b"1"}


class Repeats:
    """An app with pages; with `again`, the next page begins with the last row of the page before
    it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # By request and by place of a list in the last page of its answer: the last row of the
        # list.
        self._last: dict[bytes, dict[str, Any]] = {}

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, again: bool = False
    ) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked, body = await _whole(receive), bytearray()
        begun: list[Message] = []

        async def hear() -> Message:
            return {"type": "http.request", "body": asked, "more_body": False}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, hear, keep)
        question = b" ".join((scope["path"].encode(), scope["query_string"], asked))
        answer = self._page(question, bytes(body), again)
        headers = [(k, v) for k, v in begun[0]["headers"] if k != b"content-length"]
        headers.append((b"content-length", str(len(answer)).encode()))
        await send({**begun[0], "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _page(self, question: bytes, body: bytes, again: bool) -> bytes:
        try:
            page = orjson.loads(body)
        except ValueError:
            return body
        rows = dict(_rows(page))
        follows = any(place not in _FIRST for place in _PLACE.findall(question))
        question = _PLACE.sub(b"", question)
        before = self._last.get(question, {}) if follows else {}
        self._last[question] = {where: listed[-1] for where, listed in rows.items()}
        pushed = [where for where in rows.keys() & before.keys() if again]
        for where in pushed:
            rows[where].insert(0, before[where])
        return orjson.dumps(page) if pushed else body


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _rows(value: Any, where: str = "") -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects in an answer, without lists inside them."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _rows(inner, f"{where}.{key}")
