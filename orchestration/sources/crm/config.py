"""The base of the configs of all CRM systems."""

from typing import Literal

from orchestration.sources.connectors.base import ConnectorSource


class CrmSource(ConnectorSource):
    """An account of a CRM. `calls`: what happens to the calls in the CRM. `take`: they are loaded
    as calls, if no telephony is a source. `link`: calls come from telephony, and the CRM gives the
    lead or deal of each call. `ignore`: they are not read. `messages`: whether e-mails and chats
    are read: times, directions and people, never a subject or a text. `tasks`: whether the tasks of
    users are read, without their texts.
    """

    calls: Literal["ignore", "link", "take"] = "ignore"
    messages: bool = False
    tasks: bool = False

    @property
    def delivers(self) -> tuple[str, ...]:
        calls = {"ignore": (), "link": ("call_links",), "take": ("calls",)}
        messages = ("messages",) if self.messages else ()
        tasks = ("tasks",) if self.tasks else ()
        return (*self.entities, *calls[self.calls], *messages, *tasks)
