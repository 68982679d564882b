"""The base of the configs of all CRM systems."""

from typing import Literal

from orchestration.sources.connectors.base import ConnectorSource


class CrmSource(ConnectorSource):
    """An account of a CRM. `calls`: what happens to the calls in the CRM. `take`: they are loaded
    as calls, if no telephony is a source. `link`: calls come from telephony, and the CRM gives the
    lead or deal of each call. `ignore`: they are not read."""

    calls: Literal["ignore", "link", "take"] = "ignore"

    @property
    def delivers(self) -> tuple[str, ...]:
        calls = {"ignore": (), "link": ("call_links",), "take": ("calls",)}
        return (*self.entities, *calls[self.calls])
