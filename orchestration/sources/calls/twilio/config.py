"""Options of a Twilio account."""

from typing import ClassVar, Literal

from pydantic import Field

from orchestration.sources.connectors.base import ConnectorSource


class TwilioSource(ConnectorSource):
    """An account or a subaccount of Twilio; the calls of a subaccount are listed separately. Days
    and times are those of UTC.

    `account_sid`: the id of the account. `key_env`, `secret_env`: the environment variables with
    the SID and the secret of an API key, or with the SID and the auth token of the account.
    `lateness_days`: how many of the last days are read again each night, because recordings arrive
    late. `requests_per_second`: the maximum rate of requests.
    """

    type: Literal["twilio"]
    entities: ClassVar[tuple[str, ...]] = ("calls",)
    account_sid: str = Field(pattern="^AC[0-9a-f]{32}$")
    key_env: str
    secret_env: str
    base_url: str = "https://api.twilio.com"
    lateness_days: int = Field(default=3, ge=0)
    requests_per_second: int = Field(default=10, ge=1)
