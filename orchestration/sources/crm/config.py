"""The base of the configs of all CRM systems."""

from typing import Literal

from orchestration.sources.connectors.base import ConnectorSource


class CrmSource(ConnectorSource):
    """An account of a CRM. `calls`: what becomes of the calls that it knows. `take`: they are the
    calls, where telephony is no source of its own. `link`: telephony is one, and the CRM tells
    which card each of its calls was about. `ignore`: they are not asked for.
    """

    calls: Literal["ignore", "link", "take"] = "ignore"

    @property
    def delivers(self) -> tuple[str, ...]:
        calls = {"ignore": (), "link": ("call_links",), "take": ("calls",)}
        return (*self.entities, *calls[self.calls])
