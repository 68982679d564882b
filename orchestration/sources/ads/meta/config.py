"""Options of an ad account of Meta."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from orchestration.sources.ads.config import AdsSource, months_kept


def _number(written: object) -> object:
    """The number of an account, which Meta writes act_123."""
    return written.removeprefix("act_") if isinstance(written, str) else written


# Meta keeps this many months before today.
_KEPT_MONTHS = 37


class MetaSource(AdsSource):
    """An ad account of Meta. Days are those of the account.

    `account_id`: its number. `token_env`: the environment variable with the token; the token of a
    system user does not expire. `conversion_action`: the action type that counts as a conversion;
    types overlap, so they are never summed. `version`: the version of the API; each works for about
    two years.
    """

    type: Literal["meta"]
    account_id: Annotated[str, BeforeValidator(_number), Field(pattern=r"^\d+$")]
    token_env: str
    conversion_action: str = "lead"
    # An action counts for 7 days after a click, in some accounts for 28.
    restatement_days: int = Field(default=7, ge=0)
    weekly_restatement_days: int = Field(default=28, ge=0)
    version: str = Field(default="v25.0", pattern=r"^v\d+\.\d+$")
    base_url: str = "https://graph.facebook.com"

    def kept_since(self, as_of: date) -> date:
        return months_kept(as_of, _KEPT_MONTHS)

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        return {"conversion_action": (self.conversion_action,)}
