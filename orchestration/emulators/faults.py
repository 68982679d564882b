"""Faults that any service can have, switched on at random but repeatably."""

import asyncio
import random
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.emulators.repeats import Repeats

KINDS = ("storm", "error", "cut", "truncated", "slow", "html", "again")
# Faults that end a landing, and faults that use up all retries.
ALL_KINDS = (*KINDS, "shape", "late")


@dataclass
class Faults:
    """The faults to produce. `share` of the requests get one of `kinds`; at most `in_a_row` of them
    follow each other, so that enough retries succeed. `met` counts them.

    storm: 429; error: 502; cut: the connection ends in the middle of the body; truncated: a
    complete response with incomplete JSON; slow: a late answer; html: 200 with an HTML page; shape:
    200 with JSON that is not a page of rows; again: a page that begins with the last row of the
    page before it, if there is one; late: no answer until the client has timed out.
    """

    seed: int
    share: float = 0.1
    kinds: tuple[str, ...] = KINDS
    in_a_row: int = 3
    met: dict[str, int] = field(default_factory=dict)
    _running: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def next(self) -> str | None:
        """The fault of the next request."""
        if self._running >= self.in_a_row or self._random.random() >= self.share:
            self._running = 0
            return None
        self._running += 1
        kind = self._random.choice(self.kinds)
        self.met[kind] = self.met.get(kind, 0) + 1
        return kind


class Faulty:
    """An app behind a service with faults."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app, self.faults = Repeats(app), faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.faults.next() if scope["type"] == "http" else None
        match fault:
            case None:
                await self._app(scope, receive, send)
            case "again":
                await self._app(scope, receive, send, again=True)
            case "slow":
                await asyncio.sleep(0.05)
                await self._app(scope, receive, send)
            case "late":
                while (await receive())["type"] != "http.disconnect":
                    pass
            case "storm":
                await _reply(send, 429, b"Too Many Requests", b"text/plain")
            case "error":
                await _reply(send, 502, b"<html>Bad gateway</html>", b"text/html")
            case "html":
                await _reply(send, 200, b"<html>Back soon</html>", b"text/html")
            case "shape":
                await _reply(send, 200, b'{"message": "Back soon"}', b"application/json")
            case _:
                await self._app(scope, receive, _spoilt(send, fault))


async def _reply(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _spoilt(send: Send, fault: str) -> Send:
    """Send half of the body: with the length of the whole body (cut) or with the length of the
    half."""
    begun: list[Message] = []

    async def spoil(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
            return
        body = message.get("body", b"")
        half = body[: len(body) // 2]
        headers = [(k, v) for k, v in begun[0]["headers"] if k != b"content-length"]
        length = len(body) if fault == "cut" else len(half)
        headers.append((b"content-length", str(length).encode()))
        await send({**begun[0], "headers": headers})
        await send({"type": "http.response.body", "body": half})

    return spoil
