"""The credit of every model on the demo company, confirmed by plain loops and a linear solve."""

from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from kits.recounts.attribution import removal_effects, weights

WINDOW = defaultdict(lambda: timedelta(days=30), b2b=timedelta(days=90))
HALF_LIFE = defaultdict(lambda: 7, b2b=30)
MODELS = [
    *("first_touch", "last_touch", "last_non_direct"),
    *("linear", "position_based", "time_decay", "markov"),
]
WON = "from marts.fct_deal where status = 'won' and not is_test"


class Company:
    """Paths of the demo company: of each won deal, and of each customer who has won none.

    A touch is (moment, touchpoint, channel), a path is a list of them in order.
    """

    def __init__(self, warehouse) -> None:
        self.segments = dict(
            warehouse.sql("select customer_id, segment from marts.dim_customer").fetchall()
        )
        born = dict(warehouse.sql("select lead_id, created_at from marts.fct_lead").fetchall())
        touches, wins, births = defaultdict(list), defaultdict(list), {}
        for customer, lead_id, *touch in warehouse.sql(
            "select customer_id, lead_id, occurred_at, touchpoint_id, channel"
            " from marts.fct_touchpoint"
            " where not is_test and customer_id is not null and channel <> 'unattributed'"
            " order by 3, 4"
        ).fetchall():
            touches[customer].append(touch)
            if lead_id in born and touch[0] <= born[lead_id] + timedelta(days=1):
                births[lead_id] = touch
        of_birth = {touch[1] for touch in births.values()}
        self.customers, deals = {}, {}
        for deal_id, customer, won_at, lead_id, created_at in warehouse.sql(
            f"select deal_id, customer_id, won_at, lead_id, created_at {WON}"
        ).fetchall():
            wins[customer].append(won_at)
            self.customers[deal_id] = customer, won_at
            deals[deal_id] = lead_id, min(won_at, born.get(lead_id, created_at))
        self.won = {}
        for deal_id, (customer, won_at) in self.customers.items():
            lead_id, window_ends = deals[deal_id]
            before = max((at for at in wins[customer] if at < won_at), default=datetime.min)
            start = window_ends - WINDOW[self.segments[customer]]
            path = [
                touch
                for touch in touches[customer]
                if start <= touch[0] <= won_at and touch[0] > before
            ]
            birth = births.get(lead_id)
            if birth and birth not in path:
                path = sorted([*path, birth])
            self.won[deal_id] = path
        self.lost = []
        for customer, path in touches.items():
            if customer not in wins:
                ends = max((t[0] for t in path if t[1] in of_birth), default=path[-1][0])
                start = ends - WINDOW[self.segments[customer]]
                self.lost.append([t for t in path if t[0] >= start])
        self.effects = removal_effects(
            *([[t[2] for t in path] for path in paths] for paths in (self.won.values(), self.lost))
        )

    def weights(self, model: str, deal_id: str) -> dict[str | None, float]:
        """The weight of each credited touch; all for None where the path is empty."""
        path = self.won[deal_id]
        if not path:
            return {None: 1}
        half_life = HALF_LIFE[self.segments[self.customers[deal_id][0]]]
        shares = weights(model, [(at, channel) for at, _, channel in path], half_life, self.effects)
        return {t[1]: share for t, share in zip(path, shares, strict=True) if share > 0}


@pytest.fixture(scope="module")
def company(warehouse) -> Company:
    return Company(warehouse)


def test_removal_effects_are_those_of_a_chain_solved_without_the_channel(warehouse, company):
    ours = dict(
        warehouse.sql(
            "select channel, removal_effect from intermediate.int_attribution__removal_effects"
        ).fetchall()
    )
    assert len(company.lost) > 1000 and len(ours) > 5
    assert ours == pytest.approx(company.effects, rel=0, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_every_weight_is_confirmed(warehouse, company, model):
    credited = defaultdict(dict)
    for deal_id, touch, weight in warehouse.execute(
        "select deal_id, touchpoint_id, weight from marts.fct_attribution_credit"
        " where attribution_model = ?",
        [model],
    ).fetchall():
        credited[deal_id][touch] = weight
    assert credited.keys() == company.won.keys()
    for deal_id, shares in credited.items():
        assert sum(shares.values()) == pytest.approx(1, rel=0, abs=1e-12)
        assert shares == pytest.approx(company.weights(model, deal_id), rel=0, abs=1e-9)


def test_every_deal_is_credited_to_the_cent_in_every_model(warehouse):
    differing = warehouse.sql(
        f"""
        select credited.attribution_model, deals.deal_id
        from (select * {WON}) as deals
        left join (
            select attribution_model, deal_id, sum(credited_revenue) as revenue
            from marts.fct_attribution_credit group by all
        ) as credited using (deal_id)
        where credited.revenue is distinct from deals.amount_base
        """
    ).fetchall()
    assert differing == []


def test_the_configured_model_brings_the_same_in_both_marts(warehouse):
    """By every key that either has; where ads or leads are alone, nothing is brought."""
    columns = ("won", "won_amount", "revenue", "gross_profit", "covered_revenue")
    columns += ("estimated_profit", "cohort_won", "cohort_revenue")
    brought, apart = (
        warehouse.sql(
            f"""
            select count(*), count(*) filter (where {condition})
            from marts.mart_channel_conversion as ours
            full join marts.mart_channel_attribution as theirs
                using (date, channel, platform, campaign_id, attribution_model)
            where attribution_model = 'last_non_direct'
            """
        ).fetchone()
        for condition in (
            "theirs.won > 0",
            " or ".join(f"coalesce(theirs.{c}, 0) <> coalesce(ours.{c}, 0)" for c in columns),
        )
    )
    assert brought[1] > 500
    assert apart[1] == 0


@pytest.mark.parametrize("model", MODELS)
def test_models_are_compared_by_the_revenue_they_credit(warehouse, model):
    per_grain = warehouse.sql(
        f"""
        select period_grain, sum({model}_revenue), sum(spend)
        from marts.mart_attribution_compare group by 1
        """
    ).fetchall()
    total = warehouse.sql(
        f"""
        select
            round(
                (select sum(amount_base) {WON}) - (
                    select sum(refund.amount_base) from marts.fct_payment as refund
                    where is_refund and deal_id in (select deal_id {WON})
                ), 2
            ),
            (select round(sum(spend_base), 2) from marts.fct_ad_spend)
        """
    ).fetchone()
    assert {grain: tuple(sums) for grain, *sums in per_grain} == dict.fromkeys(
        ("day", "week", "month"), total
    )
    months = warehouse.execute(
        f"""
        select period_start, channel, revenue, {model}_revenue
        from (
            select date_trunc('month', date) as period_start, channel, sum(revenue) as revenue
            from marts.mart_channel_attribution where attribution_model = ? group by 1, 2
                having sum(won) > 0
        )
        left join marts.mart_attribution_compare using (period_start, channel)
        where period_grain is distinct from 'day' and period_grain is distinct from 'week'
        """,
        [model],
    ).fetchall()
    assert len(months) > 100
    assert [row for row in months if row[2] != row[3]] == []


def test_markov_total_shares_the_money_of_all_paths_by_the_removal_effects(warehouse, company):
    """credit = removal effect / sum of removal effects x conversions, of every month and in all."""
    total = sum(company.effects.values())
    expected = defaultdict(float)
    for month, channel, revenue in warehouse.sql(
        "select period_start, channel, linear_revenue from marts.mart_attribution_compare"
        " where period_grain = 'month'"
    ).fetchall():
        if channel == "unattributed":
            expected[month, channel] += float(revenue)
        else:
            for other, effect in company.effects.items():
                expected[month, other] += float(revenue) * effect / total
    ours = {
        (month, channel): float(revenue)
        for month, channel, revenue in warehouse.sql(
            "select period_start, channel, markov_total_revenue"
            " from marts.mart_attribution_compare"
            " where period_grain = 'month' and markov_total_revenue <> 0"
        ).fetchall()
    }
    assert len(ours) > 100
    # A day's money is shared to the cent.
    assert ours == pytest.approx({key: sum for key, sum in expected.items() if sum}, abs=0.3)
    for markov_total, linear in warehouse.sql(
        "select sum(markov_total_revenue), sum(linear_revenue)"
        " from marts.mart_attribution_compare group by period_grain"
    ).fetchall():
        assert markov_total == linear


def test_spread_is_the_range_of_the_models(warehouse):
    rows = warehouse.sql(
        f"select spread, {', '.join(f'{m}_revenue' for m in [*MODELS, 'markov_total'])}"
        " from marts.mart_attribution_compare"
    ).fetchall()
    for spread, *revenues in rows:
        # What a deal of unknown amount earns is unknown.
        if None in revenues:
            continue
        most = max(revenues)
        if min(revenues) < 0:
            assert spread is None
        elif most:
            assert spread == pytest.approx(float((most - min(revenues)) / most), abs=1e-12)
        else:
            assert spread is None


def test_leads_mature_by_their_segment(warehouse):
    ours = dict(
        warehouse.sql(
            "select date, sum(maturity_share * leads) from marts.mart_channel_conversion"
            " where leads > 0 group by 1"
        ).fetchall()
    )
    as_of = max(ours)
    mature = defaultdict(int)
    for day, segment in warehouse.sql(
        "select cast(created_at + interval 3 hour as date), segment from marts.fct_lead"
        " where not is_test and not is_spam"
    ).fetchall():
        mature[day] += (as_of - day).days >= (90 if segment == "b2b" else 30)
    assert ours == pytest.approx(mature)
    assert ours[as_of] == 0 < ours[min(ours)]
