"""A vendor on this machine: a real HTTP server that answers what a test tells it to."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from orchestration.emulators.clock import QuickTime
from orchestration.sources.http.clock import Clock

__all__ = ["Asked", "QuickTime", "Reply", "SteppedTime", "Vendor", "in_turn", "vendor"]


class SteppedTime:
    """A clock for a number of threads, which stands still while one of them is awake: however late
    the machine is, nothing takes time but sleeping."""

    def __init__(self, threads: int) -> None:
        self._awake = threads
        self._now = 1_000_000.0
        self._asleep: dict[int, float] = {}
        self._stepped = threading.Condition()
        self.clock = Clock(now=lambda: self._now, wall=lambda: self._now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        me = threading.get_ident()
        with self._stepped:
            self._asleep[me] = self._now + seconds
            self._rest()
            self._stepped.wait_for(lambda: me not in self._asleep)

    def end(self) -> None:
        """A thread has done its work."""
        with self._stepped:
            self._rest()

    def _rest(self) -> None:
        self._awake -= 1
        if not self._awake and self._asleep:
            self._now = min(self._asleep.values())
            woken = [one for one, until in self._asleep.items() if until <= self._now]
            for one in woken:
                del self._asleep[one]
            self._awake = len(woken)
            self._stepped.notify_all()


@dataclass(frozen=True)
class Asked:
    """A request as it arrived, and when by the server's clock."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Reply:
    """`promised`: bytes more in Content-Length than are sent before the connection is cut.
    `trickle`: seconds after each byte of the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    promised: int = 0
    trickle: float = 0.0


@dataclass
class Vendor:
    url: str
    asked: list[Asked]


@contextmanager
def vendor(
    answer: Callable[[Asked], Reply], now: Callable[[], float] = time.monotonic
) -> Iterator[Vendor]:
    """Serve until the block ends; requests arrive at `now`."""
    asked: list[Asked] = []
    order = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            with order:
                request = Asked(self.command, self.path, dict(self.headers), body, now())
                asked.append(request)
                reply = answer(request)
            time.sleep(reply.seconds)
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body) + reply.promised))
            self.end_headers()
            if not reply.trickle:
                self.wfile.write(reply.body)
                self.close_connection = reply.promised > 0
                return
            with suppress(ConnectionError):
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(reply.trickle)
            self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the name is the standard library's

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Vendor(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    """The replies one after another, the last of them for ever."""
    left = deque(replies)
    return lambda asked: left.popleft() if len(left) > 1 else left[0]
