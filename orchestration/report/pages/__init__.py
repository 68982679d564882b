"""The pages of the report, in the order of their links."""

from orchestration.report.page import Page
from orchestration.report.pages import (
    calls,
    channels,
    customers,
    funnel,
    managers,
    overview,
    quality,
    risks,
    shop,
)

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    funnel.PAGE,
    managers.PAGE,
    channels.PAGE,
    calls.PAGE,
    risks.PAGE,
    customers.PAGE,
    shop.PAGE,
    quality.PAGE,
)
