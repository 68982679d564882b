"""Options of an advertiser's account of Yandex Direct."""

from datetime import date
from typing import Literal

from orchestration.sources.ads.config import AdsSource

# Direct keeps the statistics of this many years before this month.
_KEPT_YEARS = 3


class YandexDirectSource(AdsSource):
    """An advertiser in Yandex Direct. Days are those of Moscow.

    `token_env`: the environment variable with the OAuth token. `client_login`: the advertiser's
    login, if the token belongs to an agency. `include_vat`: whether spend is read with VAT.
    `grain`: the smallest unit of the report; each one includes the larger units.
    """

    type: Literal["yandex_direct"]
    token_env: str
    client_login: str | None = None
    include_vat: bool = True
    grain: Literal["campaign", "ad_group", "ad", "keyword"] = "keyword"
    base_url: str = "https://api.direct.yandex.com/json/v501"

    def kept_since(self, as_of: date) -> date:
        return as_of.replace(year=as_of.year - _KEPT_YEARS, day=1)
