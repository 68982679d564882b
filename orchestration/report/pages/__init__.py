"""The pages of the report, in the order of their links."""

from orchestration.report.page import Page
from orchestration.report.pages import overview

PAGES: tuple[Page, ...] = (overview.PAGE,)
