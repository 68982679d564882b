"""What channels cost and bring, how the models disagree, why platforms and the CRM differ."""

from orchestration.report import by_name
from orchestration.report.page import Block, Column, Page, findings_of

_CHANNEL = Column("channel", "channel", "word:channel")
_CAUSES = (
    ("crm_leads", "crm_leads"),
    ("test_leads", "test_leads"),
    ("spam_leads", "spam_leads"),
    ("merged_leads", "merged_leads"),
    ("no_mark_leads", "no_mark_leads"),
    ("out_of_window_leads", "out_of_window_leads"),
    ("unexplained", "unexplained"),
)

PAGE = Page(
    "channels",
    (
        findings_of("channels"),
        Block(
            "channels",
            "table",
            "channel",
            ("mart_channel_conversion",),
            pick=("grain", "period"),
            about="channels.about",
            columns=(
                _CHANNEL,
                Column("spend", "spend", "money"),
                Column("leads", "leads"),
                Column("qualified", "qualified"),
                Column("won", "won", "number"),
                Column("revenue", "revenue", "money"),
                Column("cpl", "cpl", "money"),
                Column("cac", "cac", "money"),
                Column("drr", "drr", "percent"),
                Column("romi_revenue", "romi_revenue", "share"),
                Column("romi_margin", "romi_margin", "share"),
                Column("cost_coverage", "cost_coverage", "share"),
                Column("is_low_n", "low_n", "mark"),
                Column("is_preliminary", "preliminary", "mark"),
            ),
        ),
        Block(
            "spend_and_revenue",
            "chart",
            "channel",
            ("mart_channel_conversion",),
            pick=("grain", "period"),
            spec=by_name.paired_bars("channel", "spend", "spend", "revenue", "revenue"),
            columns=(
                _CHANNEL,
                Column("spend", "spend", "money"),
                Column("revenue", "revenue", "money"),
                Column("drr", "drr", "percent"),
            ),
        ),
        Block(
            "models",
            "chart",
            "attribution",
            ("mart_attribution_compare",),
            pick=("grain", "period"),
            about="models.about",
            spec=by_name.strip("channel", "model", "revenue", "revenue"),
            columns=(
                _CHANNEL,
                Column("model", "model", "word:model"),
                Column("revenue", "revenue", "money"),
                Column("spread", "spread", "share"),
            ),
        ),
        Block(
            "reconciliation",
            "chart",
            "reconciliation",
            ("mart_channel_reconciliation",),
            pick=("month",),
            about="reconciliation.about",
            is_wide=True,
            spec=by_name.stacked("channel", _CAUSES, "conversions"),
            columns=(
                _CHANNEL,
                Column("platform_conversions", "platform_conversions"),
                *(Column(field, word) for field, word in _CAUSES),
                Column("leads_without_campaign", "leads_without_campaign"),
                Column("won", "won"),
                Column("paid", "paid"),
                Column("crm_revenue", "crm_revenue", "money"),
                Column("paid_revenue", "paid_revenue", "money"),
            ),
        ),
    ),
)
