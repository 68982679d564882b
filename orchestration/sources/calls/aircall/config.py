"""Options of an Aircall account."""

from typing import ClassVar, Literal

from pydantic import Field

from orchestration.sources.base import TimeZone
from orchestration.sources.connectors.base import ConnectorSource


class AircallSource(ConnectorSource):
    """A company at Aircall.

    `api_id_env`, `api_token_env`: the environment variables with the two parts of an API key.
    `time_zone`: the zone of the days that are read; Aircall itself returns seconds since 1970.
    `lateness_days`: how many of the last days are read again each night, because recordings arrive
    late. `requests_per_minute`: the limit of the company, shared by all its integrations.
    """

    type: Literal["aircall"]
    entities: ClassVar[tuple[str, ...]] = ("calls",)
    api_id_env: str
    api_token_env: str
    base_url: str = "https://api.aircall.io"
    time_zone: TimeZone = "UTC"
    lateness_days: int = Field(default=3, ge=0)
    requests_per_minute: int = Field(default=60, ge=1)
