"""Sends one message to the addresses of an environment variable, by Apprise.

An address holds a token or a mailbox: error texts name only its place in the variable and its
service, and what Apprise logs is left out.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from orchestration.core.errors import ConfigError, SourceError
from orchestration.sources.http.secret import read_secret

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

_TRIES = 3
_LONGEST_WAIT_SECONDS = 8


@dataclass(frozen=True)
class Message:
    """What is sent, as plain text: a title and lines."""

    title: str
    lines: Sequence[str]

    @property
    def body(self) -> str:
        return "\n".join(self.lines)


def addresses(variable: str) -> "list[NotifyBase]":
    """The services that the environment variable names. Raises ConfigError if it is not set or if
    one of its addresses is not an address of Apprise."""
    import apprise

    found = []
    with _silent():
        for place, url in enumerate(read_secret(variable).reveal().split(), start=1):
            service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if service is None:
                raise ConfigError(
                    f"address {place} of environment variable {variable} is not one that Apprise"
                    " knows, expected one like mailto://user:password@example.org or"
                    " tgram://token/chat"
                )
            found.append(service)
    return found


def send(message: Message, variable: str, attached: Path | None = None) -> int:
    """Send the message to every address of the variable, each up to three times; return how many
    were reached. `attached`: a file for the services that take files.

    Raises ConfigError as `addresses`; SourceError if a service did not take the message, after the
    others were told.
    """
    services = addresses(variable)
    refused = [
        f"address {place} ({service.service_name})"
        for place, service in enumerate(services, start=1)
        if not _sent(service, message, attached)
    ]
    if refused:
        raise SourceError(
            f"{variable}: {' and '.join(refused)} did not take the message `{message.title}`"
            f" after {_TRIES} tries"
        )
    return len(services)


def _sent(service: "NotifyBase", message: Message, attached: Path | None) -> bool:
    from apprise import AppriseAttachment, NotifyFormat

    attach = None
    if attached and service.attachment_support:
        attach = AppriseAttachment(str(attached))
    tries = Retrying(
        retry=retry_if_result(lambda sent: not sent),
        stop=stop_after_attempt(_TRIES),
        wait=wait_exponential(max=_LONGEST_WAIT_SECONDS),
    )
    try:
        with _silent():
            return bool(
                tries(
                    service.notify,
                    body=message.body,
                    title=message.title,
                    attach=attach,
                    body_format=NotifyFormat.TEXT,
                )
            )
    except RetryError:
        return False


@contextmanager
def _silent() -> Iterator[None]:
    """Apprise logs what a service answered, with the address."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
