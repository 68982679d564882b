"""docs/channels.md, written from the seeds: the list of channels, how they are spelt, the rules.

`make docs` after every change of seeds/channels.csv, channel_spellings.csv or channel_rules.csv.
"""

from collections.abc import Iterable, Sequence

from orchestration.core.project import ROOT, seed_rows
from orchestration.markdown import table

PAGE = ROOT / "docs" / "channels.md"

_INTRODUCTION = """# Channels

This page is written by `make docs` from the seeds `channels`, `channel_spellings` and
`channel_rules`.

The channel of a lead or a touch is the first one found by:

1. the rules of the config, `[[business.channel_rules]]`, in their order;
2. the column `channel` that the source delivers: a channel of the list or a mark of the rules, in
   any spelling; a channel written `source / medium` (`google / cpc`) is read as these two marks;
   any other name is kept, in lower case, and `mart_data_quality` warns of it (`channel_listed`)
   with its share of the leads;
3. the campaign of the ads that `utm_campaign` names. It goes before step 2 where the delivered
   channel is a site or an ad system (`ВКонтакте`) or one of free traffic (`social`; `is_paid` is
   false below): so the spend of a campaign and its leads are in one channel. A site with a paid
   `utm_medium` (`ВКонтакте` with `cpc`) is paid, too, if the campaign is not known;
4. the shipped rules;
5. for a lead that was created from a call: the dialled line of the company.

The channel of ad spend is found by the rules of the config, then the shipped ones, from `platform`
and `campaign_name`. Spend on a platform without a rule is `unattributed`, and
`spend_has_channel` warns of it.

Capitals, spaces and punctuation do not count in `channel`, `utm_source`, `utm_medium` and
`platform`: `Paid Search`, `paid-search` and `PAID_SEARCH` are one.

## Rules of your own

```toml
[[business.channel_rules]]
delivered_channel = "Partner portal"  # what the source calls the channel
channel = "referral"

[[business.channel_rules]]
utm_source = "vk"
utm_medium = "cp*"                    # whatever begins so
channel = "influencers"               # a channel of your own

[[business.channel_rules]]
platform = "billboards"               # of ad spend; also campaign_name
channel = "offline"

[[business.channel_rules]]
line_phone = "+7 999 000-00-01"       # a tracked line that was dialled, alone in its rule
channel = "direct"
```

A rule takes what has all of its signs; the first rule that takes a row wins. Signs:
`delivered_channel`, `utm_source`, `utm_medium`, `source_type` (of a lead; of a touch its type),
`referrer_host` (without `www.`; `(direct)` for a visit without a referring page), `platform`,
`campaign_name`, `line_phone`. A sign that is left out may be anything, `*` at the end of a value
takes whatever follows, `(none)` takes only what is missing. `channel` is a channel of the list or a
name of your own, which is listed by that.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            _INTRODUCTION,
            "## The list of channels\n",
            *_table(["channel", "channel_group", "is_paid"], seed_rows("channels")),
            "\n## Other spellings\n",
            *_table(["mark", "is also written"], _spellings()),
            "\n## Shipped rules\n",
            "The smallest priority first; `*` takes anything.\n",
            *_table(list(seed_rows("channel_rules")[0]), seed_rows("channel_rules")),
            "",
        ]
    )


def _spellings() -> list[dict[str, str]]:
    spelt: dict[str, list[str]] = {}
    for row in seed_rows("channel_spellings"):
        spelt.setdefault(row["mark"], []).append(f"`{row['spelling']}`")
    return [
        {"mark": f"`{mark}`", "is also written": ", ".join(also)} for mark, also in spelt.items()
    ]


def _table(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> list[str]:
    return table(columns, ([row[column] for column in columns] for row in rows))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
