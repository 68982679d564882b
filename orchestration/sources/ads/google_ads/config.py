"""Options of accounts of Google Ads."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from orchestration.sources.ads.config import AdsSource, months_kept

# Since June 2026 Google keeps daily statistics for this many months before today.
_KEPT_MONTHS = 37


def _digits(written: object) -> object:
    """The number of an account as the API wants it; people write it 123-456-7890."""
    return written.replace("-", "") if isinstance(written, str) else written


CustomerId = Annotated[str, BeforeValidator(_digits), Field(pattern=r"^\d{10}$")]


class GoogleAdsSource(AdsSource):
    """Advertisers in Google Ads that one user can access. Days are those of each account.

    `customer_ids`: the advertisers, without managers. `login_customer_id`: the manager account
    through which the user accesses them, if any. `developer_token_env`: the environment variable
    with the developer token. `client_id_env`, `client_secret_env`: the environment variables with
    the id and the secret of the OAuth client. `refresh_token_env`: the environment variable with
    the user's refresh token. `operations_per_day`: the limit of the developer token. `version`: the
    version of the API; each works for about a year. `token_url`: the address that issues access
    tokens.
    """

    type: Literal["google_ads"]
    customer_ids: tuple[CustomerId, ...] = Field(min_length=1)
    login_customer_id: CustomerId | None = None
    developer_token_env: str
    client_id_env: str
    client_secret_env: str
    refresh_token_env: str
    # Conversions are counted on the day of their click, up to 90 days before.
    restatement_days: int = Field(default=7, ge=0)
    weekly_restatement_days: int = Field(default=90, ge=0)
    operations_per_day: int = Field(default=15_000, ge=1)
    version: str = Field(default="v26", pattern=r"^v\d+$")
    base_url: str = "https://googleads.googleapis.com"
    token_url: str = "https://oauth2.googleapis.com/token"

    def kept_since(self, as_of: date) -> date:
        return months_kept(as_of, _KEPT_MONTHS)
