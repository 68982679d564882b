"""Options of an advertiser's account of Yandex Direct."""

from typing import Literal

from orchestration.sources.ads.config import AdsSource


class YandexDirectSource(AdsSource):
    """An advertiser in Yandex Direct.

    `token_env`: the environment variable with the OAuth token. `client_login`: the advertiser's
    login, where the token is an agency's. `include_vat`: spend with VAT. `grain`: the finest cut;
    each includes those before it. Days are those of Moscow.
    """

    type: Literal["yandex_direct"]
    token_env: str
    client_login: str | None = None
    include_vat: bool = True
    grain: Literal["campaign", "ad_group", "ad", "keyword"] = "keyword"
    base_url: str = "https://api.direct.yandex.com/json/v501"
