"""Options of a UIS account."""

from typing import ClassVar, Literal

from pydantic import Field

from orchestration.sources.base import TimeZone
from orchestration.sources.connectors.base import ConnectorSource


class UisSource(ConnectorSource):
    """An account of UIS, CoMagic, Novofon or CallGear, which have the same Data API.

    `token_env`: the environment variable with the permanent key. `time_zone`: the zone of the
    account; all its times are in this zone. `lateness_days`: how many of the last days are read
    again each night, because recordings, tags and employees of a call arrive late.
    `requests_per_minute`, `requests_per_day`: the limits of the account.
    """

    type: Literal["uis"]
    entities: ClassVar[tuple[str, ...]] = ("calls",)
    token_env: str
    base_url: str = "https://dataapi.uiscom.ru/v2.0"
    time_zone: TimeZone = "UTC"
    lateness_days: int = Field(default=3, ge=0)
    requests_per_minute: int = Field(default=200, ge=1)
    requests_per_day: int = Field(default=3000, ge=1)

    @property
    def local_zone(self) -> str:
        return self.time_zone
