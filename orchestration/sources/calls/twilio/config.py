"""Options of a Twilio account."""

from typing import ClassVar, Literal

from pydantic import Field

from orchestration.sources.connectors.base import ConnectorSource


class TwilioSource(ConnectorSource):
    """An account of Twilio, or a subaccount, whose calls are listed apart. Days of a question and
    times are those of UTC.

    `account_sid`: the account's own id. `key_env`, `secret_env`: the environment variables with the
    SID of an API key and its secret, or with the SID of the account and its auth token.
    `lateness_days`: how many of the last days are read again each night, since recordings come
    late. `requests_per_second`: how many requests are sent at most.
    """

    type: Literal["twilio"]
    entities: ClassVar[tuple[str, ...]] = ("calls",)
    account_sid: str = Field(pattern="^AC[0-9a-f]{32}$")
    key_env: str
    secret_env: str
    base_url: str = "https://api.twilio.com"
    lateness_days: int = Field(default=3, ge=0)
    requests_per_second: int = Field(default=10, ge=1)
