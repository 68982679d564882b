"""Options of a HubSpot account."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestration.core.home import Home
from orchestration.sources.base import Finding
from orchestration.sources.connectors.custom_fields import CustomFields
from orchestration.sources.crm.config import CrmSource


class HubspotOAuth(BaseModel):
    """An app that is installed in the account.

    `client_id_env`, `client_secret_env`, `refresh_token_env`: the environment variables with the id
    and the secret of the app and the refresh token.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id_env: str
    client_secret_env: str
    refresh_token_env: str


class HubspotSource(CrmSource):
    """An account of HubSpot. Its custom fields are names of properties.

    `token_env`: the environment variable with the token of a private app. `oauth`: an installed
    app, instead of `token_env`. `leads`: whether the account has the object Leads (Sales Hub
    Professional). `qualified_stages`, `unqualified_stages`: ids of lead stages, for pipelines that
    do not mark them. `post_won_stages`: ids of stages after the win. `overlap_minutes`: how many
    minutes before the newest landed row are read again, because the search finds changes late.
    `association_days`: the associations of objects of so many last days are read again each night,
    because an association that is made or removed later does not count as a change of the object.
    `requests_per_ten_seconds`, `searches_per_second`: the limits of the account.
    """

    type: Literal["hubspot"]
    entities: ClassVar[tuple[str, ...]] = (
        "users",
        "stages",
        "deals",
        "stage_events",
        "contacts",
        "merges",
    )
    # The object Leads may be there and not be used.
    may_be_empty: ClassVar[tuple[str, ...]] = (
        *("leads", "contacts", "merges", "call_links", "messages", "tasks"),
    )
    custom: ClassVar[CustomFields] = CustomFields(
        {
            "deals": ("cost", "lost_reason", "expected_close_on", "product", "is_test"),
            "leads": (
                *("source_type", "channel", "click_id", "client_id", "referrer", "landing_page"),
                *("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"),
                *("phone", "email", "messenger", "company", "segment", "country", "city"),
                *("qualified_at", "junk_reason", "is_test"),
            ),
            "contacts": ("messengers", "segment", "city", "country"),
            # Of communications, which have no direction of their own.
            "messages": ("direction",),
        },
        id=r"[a-z0-9_]+",
        example="client_segment",
    )
    base_url: str = Field(default="https://api.hubapi.com", pattern="^https?://")
    token_env: str | None = None
    oauth: HubspotOAuth | None = None
    leads: bool = True
    qualified_stages: tuple[str, ...] = ()
    unqualified_stages: tuple[str, ...] = ()
    post_won_stages: tuple[str, ...] = ()
    overlap_minutes: int = Field(default=60, ge=0)
    association_days: int = Field(default=30, ge=0)
    requests_per_ten_seconds: int = Field(default=100, ge=1)
    searches_per_second: int = Field(default=4, ge=1)

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        stages = [stage for named in self.options.values() for stage in named]
        if len(set(stages)) < len(stages):
            raise ValueError("expected each stage to be named once")
        return self

    @model_validator(mode="after")
    def _asks_for_no_text(self) -> Self:
        direction = self.custom_fields.get("messages", {}).get("direction", "")
        if direction.startswith("hs_"):
            raise ValueError(
                f"custom_fields.messages.direction is `{direction}`, expected a property of the"
                " account's own: HubSpot's have no direction, and texts are not read"
            )
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token_env is None) == (self.oauth is None):
            raise ValueError("expected either token_env or oauth")
        return self

    @property
    def delivers(self) -> tuple[str, ...]:
        return (*super().delivers, *(("leads",) if self.leads else ()))

    def diagnose(self, name: str, as_of: date, home: Home | None = None) -> Iterator[Finding]:
        assert home is not None, "a renewed token has to be kept"
        yield from self._module("doctor").diagnose(name, self, as_of, home)

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        named = ("qualified_stages", "unqualified_stages", "post_won_stages")
        return {name: getattr(self, name) for name in named}
