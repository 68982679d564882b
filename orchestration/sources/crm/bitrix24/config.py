"""Options of a Bitrix24 portal."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestration.core.home import Home
from orchestration.sources.base import Finding
from orchestration.sources.connectors.custom_fields import CustomFields
from orchestration.sources.crm.config import CrmSource


class Bitrix24OAuth(BaseModel):
    """An application of the portal.

    `client_id_env`, `client_secret_env`, `refresh_token_env`: the environment variables with the id
    and the secret of the application and the first refresh token. `token_url`: the address that
    renews tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id_env: str
    client_secret_env: str
    refresh_token_env: str
    token_url: str = "https://oauth.bitrix.info/oauth/token/"


class Bitrix24Source(CrmSource):
    """A portal of Bitrix24.

    `webhook_env`: the environment variable with the address of an inbound webhook, which is a
    secret. `base_url`: the address of the portal, if there is no webhook. `oauth`: an application
    with rotating tokens, if there is no webhook. `qualified_stages`: ids of the stages from which
    on a lead is qualified. `post_won_stages`: ids of deal stages after the win. `overlap_minutes`:
    how many minutes before the newest landed row are read again, because changes appear late.
    `lateness_days`: how many of the last days of calls are read again, because recordings arrive
    late. `requests_per_second`, `burst`: the limit of the portal's plan.
    """

    type: Literal["bitrix24"]
    entities: ClassVar[tuple[str, ...]] = (
        "users",
        "stages",
        "leads",
        "deals",
        "stage_events",
        "contacts",
    )
    # A portal in simple mode has no leads. The history begins with the portal's version.
    may_be_empty: ClassVar[tuple[str, ...]] = (
        *("leads", "stage_events", "contacts", "call_links", "messages", "tasks"),
    )
    custom: ClassVar[CustomFields] = CustomFields(
        {
            "deals": ("cost", "lost_reason", "expected_close_on", "product", "is_test"),
            "leads": (
                *("source_type", "channel", "click_id", "client_id", "referrer", "landing_page"),
                *("segment", "country", "city", "is_test"),
            ),
            "contacts": ("segment", "city", "country", "messengers"),
        },
        id=r"UF_[A-Z0-9_]+",
        example="UF_CRM_1700000001",
    )
    webhook_env: str | None = None
    base_url: str | None = Field(default=None, pattern="^https?://")
    oauth: Bitrix24OAuth | None = None
    qualified_stages: tuple[str, ...] = ()
    post_won_stages: tuple[str, ...] = ()
    overlap_minutes: int = Field(default=10, ge=0)
    lateness_days: int = Field(default=3, ge=0)
    requests_per_second: int = Field(default=2, ge=1)
    burst: int = Field(default=50, ge=2)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        ways = (self.webhook_env is not None, self.base_url is not None, self.oauth is not None)
        if ways not in ((True, False, False), (False, True, True)):
            raise ValueError("expected either webhook_env, or base_url and oauth")
        return self

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        return {
            "qualified_stages": self.qualified_stages,
            "post_won_stages": self.post_won_stages,
        }

    def diagnose(self, name: str, as_of: date, home: Home | None = None) -> Iterator[Finding]:
        assert home is not None, "a renewed token has to be kept"
        yield from self._module("doctor").diagnose(name, self, as_of, home)
