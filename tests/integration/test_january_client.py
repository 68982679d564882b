"""The client who orders more every January is found in the published star."""


def test_the_client_who_orders_more_every_january_is_found(published_marts, truths):
    """Of clients with orders in two Januaries and ten more months, whose January stands out."""
    customer_id, times = published_marts.sql(
        """
        select customer_id, avg(amount_base) filter (where month(won_at) = 1)
            / avg(amount_base) filter (where month(won_at) <> 1) as times
        from marts.fct_deal where status = 'won' and amount_base > 0 and not is_test
        group by customer_id
        having count(distinct date_trunc('month', won_at)) >= 20
            and count(distinct year(won_at)) filter (where month(won_at) = 1) >= 2
        order by times desc limit 1
        """
    ).fetchone()
    planted = truths["january_client"]
    assert abs(times - planted["times"]) < 0.1
    deals = published_marts.execute(
        "select count(*) from marts.fct_deal where customer_id = ? and status = 'won'",
        [customer_id],
    ).fetchone()
    assert deals[0] >= 24
