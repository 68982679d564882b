"""`voronka backfill` from the command line: the days asked for, and no others."""

import pytest

from kits.published import query
from kits.shop import DEALS

pytestmark = pytest.mark.long


def test_only_the_days_asked_for_are_read_again(open_shop, tmp_path):
    shop = open_shop(tmp_path / "shop")
    shop.write(
        "deals.csv",
        DEALS.replace(",1000.50,", ",1111,").replace(",2000,", ",2222,")
        + "5,won,01.03.2026 12:00,02.03.2026 12:00,50,RUB,u1\n",
    )
    ended = shop.run("backfill", "--source", "crm", "--from", "2026-03-01", "--to", "2026-03-01")
    assert ended.status == 0, ended.text
    deals = query(shop.marts, "select deal_id, amount from marts.fct_deal order by 1")
    assert [(deal, float(amount)) for deal, amount in deals] == [
        ("1", 1111.0),
        ("2", 500.0),
        ("3", 2000.0),
        ("4", 300.0),
        ("5", 50.0),
    ]
    # A whole night afterwards brings the other days too.
    assert shop.run().status == 0
    assert query(shop.marts, "select amount from marts.fct_deal where deal_id = '3'") == [(2222,)]


def test_a_wrong_call_is_one_sentence(shop):
    days = ("--from", "2026-03-01", "--to", "2026-03-01")
    unknown = shop.run("backfill", "--source", "erp", *days)
    assert unknown.status == 2
    assert "--source erp" in unknown.text and "crm" in unknown.text
    turned = shop.run("backfill", "--source", "crm", "--from", "2026-03-02", "--to", "2026-03-01")
    assert turned.status == 2
    assert "is after" in turned.text
    no_day = shop.run("backfill", "--source", "crm", "--from", "March", "--to", "2026-03-01")
    assert no_day.status == 2
    assert "--from March" in no_day.text
