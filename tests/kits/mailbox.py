"""A mailbox on this machine: a real SMTP server that keeps what it is given."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    url: str
    received: list[EmailMessage] = field(default_factory=list)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Receive mail until the block ends; `url` is its address in the form of Apprise."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say(b"220 mailbox")
            while line := self.rfile.readline():
                command = line.split()[0].upper()
                if command == b"DATA":
                    self._say(b"354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    text = b"".join(line.removeprefix(b".") for line in lines)
                    box.received.append(message_from_bytes(text, policy=policy.default))
                self._say(b"221 bye" if command == b"QUIT" else b"250 ok")

        def _say(self, line: bytes) -> None:
            self.wfile.write(line + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_address[1]
        box = Mailbox(f"mailto://127.0.0.1:{port}?from=night@example.org&to=boss@example.org")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
