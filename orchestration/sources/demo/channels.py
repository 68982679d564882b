"""Where requests come from: nine channels, their marks, campaigns and tracked lines."""

from typing import NamedTuple

import numpy as np

from orchestration.sources.demo.truths import Plants


class Origin(NamedTuple):
    """One way a request arrives. `share`: of all leads; `quality`: how much better than the average
    its leads convert; `ready`: the chance that the CRM holds the channel's name itself."""

    channel: str | None
    share: float
    quality: float
    utm_source: str | None = None
    utm_medium: str | None = None
    referrer: str | None = None
    ready: float = 0.0
    source_type: str = "form"
    line: str | None = None


ORIGINS = (
    Origin("paid_search", 0.17, 1.1, "yandex", "cpc", "https://yandex.ru/", line="+79990000001"),
    Origin("paid_search", 0.09, 1.05, "google", "cpc", "https://google.com/", line="+79990000001"),
    Origin("paid_social", 0.12, 0.7, "vk", "paid_social", "https://vk.com/", line="+79990000002"),
    Origin(
        "organic_search", 0.10, 1.1, "yandex", "organic", "https://yandex.ru/", line="+79990000003"
    ),
    Origin(
        "organic_search", 0.06, 1.1, "google", "organic", "https://google.com/", line="+79990000003"
    ),
    Origin("social", 0.07, 0.8, "vk", "social", "https://vk.com/", source_type="social"),
    Origin("direct", 0.10, 1.2, line="+79990000005"),
    Origin("referral", 0.06, 1.5, "partner_x", "referral", "https://partner-x.example.com/", 0.4),
    Origin("email", 0.05, 1.3, "newsletter", "email"),
    Origin(
        "marketplace",
        0.09,
        0.8,
        "avito",
        "marketplace",
        "https://avito.ru/",
        0.5,
        "order",
        line="+79990000004",
    ),
    Origin("unknown", 0.02, 0.8, ready=1.0, source_type="chat"),
    Origin(None, 0.07, 0.6, source_type="manual"),
)
DIRECT = next(number for number, origin in enumerate(ORIGINS) if origin.channel == "direct")
EMAIL = next(number for number, origin in enumerate(ORIGINS) if origin.channel == "email")
LAST_ONLINE = 9
SHARES = np.array([origin.share for origin in ORIGINS])
_QUALITY = np.array([origin.quality for origin in ORIGINS])
READY = np.array([origin.ready for origin in ORIGINS])


class Campaign(NamedTuple):
    """One advertising campaign. `origin` is the number of the origin its clicks arrive by; None:
    its clicks bring no leads. `clicks`: a day, at scale 1. `cpc`: in hundredths of a unit."""

    platform: str
    account_id: str
    currency: str
    campaign_id: str
    name: str
    origin: int | None
    clicks: float
    cpc: int
    shown: int
    parts: tuple[tuple[str, str], ...]


def _search(*groups: str) -> tuple[tuple[str, str], ...]:
    """Each ad group with its three keywords."""
    return tuple(
        (group, f"{group} {word}") for group in groups for word in ("buy", "price", "near")
    )


_YANDEX, _GOOGLE = ("yandex_direct", "ya-1", "RUB"), ("google_ads", "ga-1", "USD")
_VK, _AVITO = ("vk_ads", "vk-1", "RUB"), ("avito_ads", "av-1", "RUB")
CAMPAIGNS = (
    Campaign(*_YANDEX, "yd_brand", "Search brand", 0, 14, 2_600, 9, _search("brand", "name")),
    Campaign(*_YANDEX, "yd_goods", "Search goods", 0, 22, 4_800, 16, _search("sofa", "table")),
    Campaign(*_YANDEX, "yd_office", "Search office", 0, 12, 7_400, 18, _search("office", "desk")),
    Campaign(*_GOOGLE, "ga_goods", "Search goods", 1, 18, 55, 15, _search("sofa", "wardrobe")),
    Campaign(*_GOOGLE, "ga_office", "Search office", 1, 9, 90, 17, _search("office")),
    Campaign(*_GOOGLE, "ga_banner", "Display banners", None, 24, 42, 240, (("all", ""),)),
    Campaign(*_GOOGLE, "ga_video", "Display video", None, 9, 60, 310, (("all", ""),)),
    Campaign(*_VK, "vk_look", "Lookalike", 2, 26, 2_100, 70, (("women", ""), ("men", ""))),
    Campaign(*_VK, "vk_back", "Retargeting", 2, 14, 1_700, 45, (("visitors", ""),)),
    Campaign(*_AVITO, "av_listing", "Promoted listings", 9, 30, 900, 30, (("goods", ""),)),
    Campaign(*_AVITO, "av_top", "Top of category", 9, 12, 1_400, 25, (("goods", ""),)),
)


def quality(plants: Plants) -> np.ndarray:
    """How much better than the average the leads of each origin convert."""
    return _QUALITY if plants.channels_differ else np.ones(len(ORIGINS))


def shares_of_repeats(plants: Plants) -> np.ndarray:
    """Weights of the origins of leads that clients leave before they order again."""
    preferred: np.ndarray = SHARES * np.where(_QUALITY > 1.1, 3, 0.5)
    return preferred if plants.channels_differ else SHARES


def origin_case(of: str, column: str = "origin") -> str:
    """SQL of a field of the origin whose number is in `column`; NULL where it has none."""
    whens = " ".join(
        f"when {number} then '{value}'"
        for number, origin in enumerate(ORIGINS)
        if (value := getattr(origin, of)) is not None
    )
    return f"case {column} {whens} end"


def campaign_case(of: str, column: str = "campaign") -> str:
    """SQL of a field of the campaign whose number is in `column`; NULL where there is none."""
    whens = " ".join(
        f"when {number} then '{getattr(campaign, of)}'" for number, campaign in enumerate(CAMPAIGNS)
    )
    return f"case {column} {whens} end"


def part_case(of: str, part: str, column: str = "campaign") -> str:
    """SQL of the ad group (`group`) or the keyword (`keyword`, empty where ads have none) of a part
    of the campaign; NULL where there is no campaign."""
    place = ("group", "keyword").index(of)
    whens = " ".join(
        f"when {number} then {[part[place] for part in campaign.parts]}"
        f"[1 + ({part} % {len(campaign.parts)})::integer]"
        for number, campaign in enumerate(CAMPAIGNS)
    )
    return f"case {column} {whens} end"


def draw_campaign(rng: np.random.Generator, origin: np.ndarray) -> np.ndarray:
    """A campaign for each origin that has any, by clicks; -1 elsewhere."""
    chosen = np.full(len(origin), -1)
    luck = rng.random(len(origin))
    for number in {campaign.origin for campaign in CAMPAIGNS if campaign.origin is not None}:
        own = [i for i, campaign in enumerate(CAMPAIGNS) if campaign.origin == number]
        edges = np.cumsum([CAMPAIGNS[i].clicks for i in own])
        rows = origin == number
        chosen[rows] = np.array(own)[np.searchsorted(edges / edges[-1], luck[rows], side="right")]
    return chosen
