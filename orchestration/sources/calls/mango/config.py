"""Options of a Mango Office account."""

from typing import ClassVar, Literal

from pydantic import Field

from orchestration.sources.base import TimeZone
from orchestration.sources.connectors.base import ConnectorSource


class MangoSource(ConnectorSource):
    """A virtual exchange (VPBX) of Mango Office.

    `key_env`, `salt_env`: the environment variables with the key of the exchange and the key for
    signatures. `time_zone`: the zone of the days that are read; Mango itself expects Moscow time,
    whatever the zone of the company, and answers in UTC. `lateness_days`: how many of the last days
    are read again each night, because recordings arrive late. `seconds_per_statistic`: the number
    of seconds between two requests for statistics.
    """

    type: Literal["mango"]
    entities: ClassVar[tuple[str, ...]] = ("calls",)
    key_env: str
    salt_env: str
    time_zone: TimeZone = "Europe/Moscow"
    base_url: str = "https://app.mango-office.ru/vpbx"
    lateness_days: int = Field(default=3, ge=0)
    seconds_per_statistic: float = Field(default=2.0, gt=0)
