"""Options of an amoCRM or Kommo account."""

from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orchestration.core.home import Home
from orchestration.sources.base import Finding
from orchestration.sources.connectors.custom_fields import CustomFields
from orchestration.sources.crm.config import CrmSource


class AmocrmOAuth(BaseModel):
    """An integration of the account.

    `client_id_env`, `client_secret_env`, `refresh_token_env`: the environment variables with the id
    and the secret of the integration and the first refresh token. `redirect_uri`: the URI with
    which the integration is registered.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id_env: str
    client_secret_env: str
    refresh_token_env: str
    redirect_uri: str


class AmocrmSource(CrmSource):
    """An account of amoCRM or Kommo.

    `base_url`: the address of the account, such as https://acme.amocrm.ru. `token_env`: the
    environment variable with a long-lived token. `oauth`: an integration with rotating tokens,
    instead of `token_env`. `lead_pipelines`: ids of the pipelines whose cards are inquiries: they
    become leads, all other cards become deals. `qualified_stages`: ids of the stages of these
    pipelines from which on an inquiry is qualified. `post_won_stages`: ids of stages after the win.
    `overlap_minutes`: how many minutes before the newest landed row are read again, because changes
    appear late. `requests_per_second`: the maximum rate of requests.
    """

    type: Literal["amocrm"]
    entities: ClassVar[tuple[str, ...]] = (
        "users",
        "stages",
        "deals",
        "stage_events",
        "contacts",
        "merges",
    )
    # An empty list is a 204, and the creation of a card makes no event.
    may_be_empty: ClassVar[tuple[str, ...]] = (
        *("stage_events", "contacts", "merges", "call_links", "messages", "tasks"),
    )
    custom: ClassVar[CustomFields] = CustomFields(
        {
            "deals": ("currency", "cost", "lead_id", "expected_close_on", "product", "is_test"),
            "leads": (
                *("source_type", "channel", "click_id", "client_id", "referrer", "landing_page"),
                *("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"),
                *("phone", "email", "messenger", "company", "segment", "country", "city"),
                *("qualified_at", "converted_at", "deal_id", "is_test"),
            ),
            "contacts": ("phones", "emails", "messengers", "segment", "city", "country"),
        },
        id=r"\d+",
        example="512001",
    )
    base_url: str = Field(pattern="^https?://")
    token_env: str | None = None
    oauth: AmocrmOAuth | None = None
    lead_pipelines: tuple[int, ...] = ()
    qualified_stages: tuple[int, ...] = ()
    post_won_stages: tuple[int, ...] = ()
    overlap_minutes: int = Field(default=10, ge=0)
    requests_per_second: int = Field(default=7, ge=1)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.token_env is None) == (self.oauth is None):
            raise ValueError("expected either token_env or oauth")
        return self

    @property
    def delivers(self) -> tuple[str, ...]:
        leads = ("leads",) if self.lead_pipelines else ()
        return (*super().delivers, *leads)

    def diagnose(self, name: str, as_of: date, home: Home | None = None) -> Iterator[Finding]:
        assert home is not None, "a renewed token has to be kept"
        yield from self._module("doctor").diagnose(name, self, as_of, home)

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        named = ("lead_pipelines", "qualified_stages", "post_won_stages")
        return {name: tuple(str(one) for one in getattr(self, name)) for name in named}
