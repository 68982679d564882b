"""One night of a company that spells, links and hands over as companies do.

Who a client is, who had an extension, which lead was called, and which channel is credited.
"""

import pytest

from kits.published import query
from kits.shop import Company

pytestmark = pytest.mark.long

CONFIG = """
[business]
name = "Small"
time_zone = "Europe/Moscow"
base_currency = "RUB"
as_of = 2026-06-30

[[business.channel_rules]]
delivered_channel = "Bazaar"
channel = "Marketplace"

[[business.channel_rules]]
platform = "billboards"
channel = "offline"

[sources.crm]
type = "files"
time_zone = "Europe/Moscow"
currency = "RUB"

[sources.crm.entities]
users.rows = [
  { user_id = "anna", name = "Anna", email = "anna@example.com", phone_ext = "101" },
  { user_id = "old", name = "Old", phone_ext = "105", is_active = "false", left_on = "2026-01-31" },
  { user_id = "new", name = "New", phone_ext = "105", is_active = "true" },
]
stages.rows = [
  { pipeline_id = "p", pipeline_name = "P", stage_id = "won", stage_name = "Won", stage_order = 1, semantics = "won" },
]
contacts.rows = [
  { contact_id = "m1", phones = "+7 916 000-00-01, +7 916 000-00-02" },
  { contact_id = "m2", phones = "+7 916 000-00-02" },
  { contact_id = "m3", phones = "not given" },
]
leads.rows = [
  { lead_id = "l1", created_at = "2026-03-06 09:50", channel = "Paid Search", phone = "+79160000005", owner_id = "anna" },
  { lead_id = "l2", created_at = "2026-03-06 10:00", channel = "paid_search", owner_id = "anna" },
  { lead_id = "l3", created_at = "2026-03-06 10:00", channel = "Яндекс.Директ", owner_id = "anna" },
  { lead_id = "l4", created_at = "2026-03-06 10:00", channel = "google / cpc", owner_id = "anna" },
  { lead_id = "l5", created_at = "2026-03-06 10:00", channel = "bazaar", owner_id = "anna" },
  { lead_id = "l6", created_at = "2026-03-06 10:00", channel = "Radio North", owner_id = "anna" },
]
deals.rows = [
  { deal_id = "d1", pipeline_id = "p", stage_id = "won", created_at = "2026-03-07 10:00", closed_at = "2026-06-20 10:00", amount = "100", owner_id = "anna", lead_id = "l1" },
  { deal_id = "d2", pipeline_id = "p", stage_id = "won", created_at = "2026-03-07 10:00", closed_at = "2026-03-08 10:00", amount = "100", owner_id = "anna", contact_id = "m1" },
  { deal_id = "d3", pipeline_id = "p", stage_id = "won", created_at = "2026-03-07 10:00", closed_at = "2026-03-08 10:00", amount = "100", owner_id = "anna", contact_id = "m2", lead_id = "501.0" },
]
calls.rows = [
  { call_id = "c1", started_at = "2026-01-15 10:00", answered_at = "2026-01-15 10:01", ended_at = "2026-01-15 10:02", direction = "out", result = "answered", phone_ext = "105", client_phone = "+79160000006" },
  { call_id = "c2", started_at = "2026-03-15 10:00", answered_at = "2026-03-15 10:01", ended_at = "2026-03-15 10:02", direction = "out", result = "answered", phone_ext = "105", client_phone = "+79160000006" },
  { call_id = "c3", started_at = "2026-03-06 10:00", answered_at = "2026-03-06 10:01", ended_at = "2026-03-06 10:02", direction = "out", result = "answered", user_email = "Anna@Example.com", client_phone = "8 916 000-00-05" },
]
ad_stats.rows = [
  { date = "2026-03-06", platform = "Billboards", account_id = "a", account_currency = "RUB", campaign_id = "1", impressions = "0", clicks = "0", spend = "70" },
  { date = "2026-03-06", platform = "trams", account_id = "a", account_currency = "RUB", campaign_id = "1", impressions = "0", clicks = "0", spend = "30" },
]
"""  # noqa: E501


@pytest.fixture(scope="module")
def marts(tmp_path_factory):
    company = Company(tmp_path_factory.mktemp("clients"))
    company.write("voronka.toml", CONFIG)
    ended = company.run()
    assert ended.status == 0, ended.text
    return company.marts


def test_an_extension_belongs_to_its_user_of_that_day(marts):
    assert query(marts, "select call_id, manager_id from marts.fct_call order by 1") == [
        ("c1", "old"),
        ("c2", "new"),
        ("c3", "anna"),
    ]


def test_a_call_to_the_lead_s_own_number_is_its_contact(marts):
    leads = query(
        marts,
        "select lead_id, speed_to_lead_minutes, attempt_matched_by, contact_matched_by"
        " from marts.fct_lead where first_contact_at is not null",
    )
    assert leads == [("l1", 10, "phone", "phone")]


def test_both_phones_of_one_cell_tell_the_client(marts):
    clients = query(
        marts, "select count(distinct customer_id) from marts.fct_deal where deal_id <> 'd1'"
    )
    assert clients == [(1,)]


def test_a_channel_is_one_however_it_is_spelt(marts):
    assert query(marts, "select channel, count(*) from marts.fct_lead group by 1 order by 1") == [
        ("marketplace", 1),
        ("paid_search", 4),
        ("radio north", 1),
    ]
    spend = "select channel, sum(spend) from marts.mart_channel_conversion group by 1"
    assert query(marts, f"{spend} having sum(spend) > 0 order by 1") == [
        ("offline", 70),
        ("unattributed", 30),
    ]


def test_a_sale_that_outlasts_the_window_is_of_the_channel_of_its_lead(marts):
    credited = query(
        marts,
        "select channel, sum(won) from marts.mart_channel_conversion group by 1"
        " having sum(won) > 0 order by 1",
    )
    assert credited == [("paid_search", 1), ("unattributed", 2)]


@pytest.mark.parametrize(
    "check_id",
    [
        *("links_found", "identifiers_read", "channel_listed"),
        *("spend_has_channel", "money_attributed"),
    ],
)
def test_problems_are_warnings(marts, check_id):
    found = query(
        marts,
        f"select bool_and(passed), any_value(severity) from marts.mart_data_quality"
        f" where check_id = '{check_id}'",
    )
    assert found == [(False, "warn")]
