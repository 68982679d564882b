"""How managers work with clients: the marts of coaching and of contacts, computed a second time in
pandas from the facts of the demo company."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

ZONE = "Europe/Moscow"
KEY = ["manager_id", "period_start"]


def months(times: pd.Series) -> pd.Series:
    local = times.dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    return local.dt.to_period("M").dt.start_time


def wilson(hits: pd.Series, trials: pd.Series) -> tuple[pd.Series, pd.Series]:
    share, z = hits / trials, 1.96
    centre = share + z**2 / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return ((centre - half) / scale).clip(0, 1), ((centre + half) / scale).clip(0, 1)


def bounds_of_median(values: pd.Series) -> tuple[float, float]:
    """The widest pair of order statistics that misses the median in at most 5 %."""
    ordered = values.sort_values().to_numpy()
    number = int(stats.binom.ppf(0.025, len(ordered), 0.5))
    return (ordered[number - 1], ordered[-number]) if number else (np.nan, np.nan)


@pytest.fixture(scope="module")
def coaching(warehouse) -> pd.DataFrame:
    return warehouse.sql("from marts.mart_coaching").df()


@pytest.fixture(scope="module")
def departments(warehouse) -> pd.Series:
    managers = warehouse.sql("select manager_id, department from marts.dim_manager").df()
    return managers.set_index("manager_id")["department"].fillna("unassigned")


@pytest.fixture(scope="module")
def closed(warehouse) -> pd.DataFrame:
    deals = warehouse.sql(
        "select *, owner_id_at_close as manager_id, cast(amount_base as double) as in_base"
        " from marts.fct_deal where status in ('won', 'lost') and not is_test"
    ).df()
    deals["period_start"] = months(deals["final_closed_at"])
    return deals


@pytest.fixture(scope="module")
def sold(closed) -> pd.DataFrame:
    """Without what the orders of shops made."""
    return closed[~closed["deal_id"].str.startswith("order:")]


def test_win_rates_against_the_peers(coaching, departments, sold):
    closed = sold[sold["manager_id"] != "unassigned"]
    counted = closed.assign(won=closed["status"] == "won").groupby(KEY)["won"]
    found = counted.agg(["sum", "count"]).reset_index()
    found["department"] = found["manager_id"].map(departments)
    group = ["department", "period_start"]
    all_sum, all_count = (found.groupby(group)[name].transform("sum") for name in ("sum", "count"))
    found["value"] = found["sum"] / found["count"]
    found["low"], found["high"] = wilson(found["sum"], found["count"])
    low, high = wilson(all_sum, all_count)
    margin = (high - low) / 2 * np.sqrt(np.pi / 2 * all_count / (all_count - found["count"]))
    peers = found.merge(found[[*KEY, "department", "value"]], on=group, suffixes=("", "_of_peer"))
    peers = peers[peers["manager_id"] != peers["manager_id_of_peer"]]
    medians = peers.groupby(KEY)["value_of_peer"].median().rename("peers_median")
    found = found.join(medians, on=KEY)
    found["gap"] = found["value"] - found["peers_median"]
    found["gap_ci_low"] = found["gap"] - np.hypot(found["value"] - found["low"], margin)
    found["gap_ci_high"] = found["gap"] + np.hypot(found["high"] - found["value"], margin)
    for bound in ("gap_ci_low", "gap_ci_high"):
        found[bound] = found[bound].clip(-1, 1)
    found["rank"] = found.groupby(group)["value"].rank(method="min", ascending=False)

    mart = coaching[coaching["kpi_id"] == "win_rate"].merge(found, on=KEY, suffixes=("", "_found"))
    assert len(mart) == (found["manager_id"] != "unassigned").sum() > 300
    known = found.loc[found["manager_id"] != "unassigned", "department"] != "unassigned"
    assert known.all(), "the peers of a department are people"
    for column in ("value", "peers_median", "gap", "gap_ci_low", "gap_ci_high", "rank"):
        np.testing.assert_allclose(
            mart[column].astype(float), mart[f"{column}_found"].astype(float), rtol=1e-9, atol=1e-12
        )
    assert (mart["is_worse_than_peers"].notna() == mart["gap_ci_high"].notna()).all()
    assert (mart.loc[mart["is_worse_than_peers"] == True, "gap_ci_high"] < 0).all()  # noqa: E712


def test_few_who_are_worse_are_so_by_chance(coaching):
    """The rate of false findings of Benjamini and Hochberg over the cells of a month, by scipy."""
    is_down = coaching["good_direction"] == "down"
    worse = coaching["gap"].where(is_down, -coaching["gap"])
    margin = (coaching["gap"] - coaching["gap_ci_low"]).where(
        is_down, coaching["gap_ci_high"] - coaching["gap"]
    )
    chance = pd.Series(stats.norm.sf(1.96 * worse / margin.where(margin > 0)), coaching.index)
    chance[margin == 0] = np.where(worse[margin == 0] > 0, 0.0, 1.0)
    known = coaching.assign(chance=chance)[chance.notna()]
    assert (coaching["is_worse_than_peers"].notna() == chance.notna()).all()
    expected = known.groupby("period_start")["chance"].transform(
        lambda month: stats.false_discovery_control(month, method="bh")
    )
    seen = known["is_worse_than_peers"].astype(bool)
    assert (seen == ((expected <= 0.05) & (known["chance"] < 0.025))).all()
    # Who is planted to answer late is worse in most months, and hardly anybody else is.
    named = known[seen]
    speed = named[named["kpi_id"] == "speed_to_lead_within_15_share"]
    assert set(speed["manager_id"]) == {"u03"} and len(speed) > 20
    assert (named["manager_id"] != "u03").sum() < 20


def test_samples_are_the_largest_losses(coaching, closed, warehouse):
    lost = closed[closed["status"] == "lost"].assign(
        in_base=closed["in_base"].fillna(-1), order=closed["deal_id"]
    )
    lost = lost.sort_values(["in_base", "order"], ascending=[False, True])
    wanted = lost.groupby(KEY)["deal_id"].agg(lambda ids: list(ids)[:10])
    mart = coaching[coaching["kpi_id"] == "mix_index"].set_index(KEY)["sample_deal_ids"]
    found = mart.map(json.loads)
    assert (
        found[found.map(len) > 0].to_dict() == wanted.drop("unassigned", errors="ignore").to_dict()
    )

    calls = warehouse.sql(
        "select call_id, deal_id, manager_id, talk_seconds, status from marts.fct_call"
    ).df()
    calls = calls.set_index("call_id")
    rows = coaching[coaching["kpi_id"] == "win_rate"]
    heard = 0
    for row in rows.itertuples():
        deals = json.loads(row.sample_deal_ids)
        of_calls = calls.loc[json.loads(row.sample_call_ids)]
        heard += len(of_calls)
        assert (of_calls["manager_id"] == row.manager_id).all()
        assert ((of_calls["status"] == "answered") & (of_calls["talk_seconds"] >= 60)).all()
        order = [deals.index(deal) for deal in of_calls["deal_id"]]
        assert order == sorted(set(order))
    assert heard > 100


def test_intervals_of_medians_and_means(coaching, closed, warehouse):
    leads = warehouse.sql(
        "select * from marts.fct_lead where not is_test and not is_spam"
        " and coalesce(source_type, '') <> 'call'"
    ).df()
    leads["period_start"] = months(leads["created_at"])
    waits = leads.assign(manager_id=leads["owner_id"], wait=leads["speed_to_lead_minutes"])
    waits["wait"] = waits["wait"].fillna(np.inf)
    seen = coaching[coaching["kpi_id"] == "speed_to_lead_p50_minutes"].set_index(KEY)
    assert len(seen) > 300
    for key, values in waits.groupby(KEY)["wait"]:
        if key in seen.index:
            low, high = bounds_of_median(values)
            row = seen.loc[key]
            # The mart rounds the number down once more, which may take the next wider pair.
            assert row["value_ci_low"] <= low or np.isnan(low)
            assert np.isnan(row["value_ci_high"]) or row["value_ci_high"] >= high
            if np.isfinite(values.median()):
                assert row["value"] == pytest.approx(values.median())

    won = closed[(closed["status"] == "won") & (closed["in_base"] > 0)]
    checks = coaching[coaching["kpi_id"] == "average_check"].set_index(KEY)
    for key, amounts in won.groupby(KEY)["in_base"]:
        if key in checks.index and len(amounts) >= 3:
            row = checks.loc[key]
            margin = stats.t.ppf(0.975, len(amounts) - 1) * stats.sem(amounts)
            assert row["value_ci_high"] - row["value"] == pytest.approx(margin, rel=0.01)
            low = row["value"] - margin
            assert row["value_ci_low"] == pytest.approx(
                max(low, 0) if row["value"] >= 0 else low, rel=0.01, abs=0.01 * margin
            )


def test_first_contacts_at_an_equal_mix(warehouse):
    """The wins that a first contact is expected to have, summed deal by deal over its peers."""
    deals = warehouse.sql(
        """
        select feature.*, status = 'won' as won
        from intermediate.int_deal_contacts__features as feature
        inner join marts.fct_deal using (deal_id) where feature = 'first_contact'
        """
    ).df()
    mart = warehouse.sql("from marts.mart_contact_effect where feature = 'first_contact'").df()
    cell = ["segment", "client_type"]
    widths = [[*cell, "manager_id", "channel_group", "amount_band"], [*cell, "manager_id"], cell]
    expected = pd.Series(np.nan, index=deals.index)
    for width in widths:
        both = [*width, "feature_value"]
        sums = deals.groupby(width)["won"].transform("sum") - deals.groupby(both)["won"].transform(
            "sum"
        )
        counts = deals.groupby(width)["won"].transform("size") - deals.groupby(both)[
            "won"
        ].transform("size")
        expected = expected.fillna(sums / counts.where(counts > 0))
    deals["expected"] = expected
    found = deals.groupby([*cell, "feature_value"]).agg(
        deals_count=("won", "size"), won_count=("won", "sum"), expected_won=("expected", "sum")
    )
    seen = mart.set_index([*cell, "feature_value"]).loc[found.index]
    for column in ("deals_count", "won_count"):
        assert seen[column].tolist() == found[column].tolist()
    np.testing.assert_allclose(seen["expected_won"].fillna(0), found["expected_won"], atol=1e-9)
    usual = found["won_count"].groupby(cell).sum() / found["deals_count"].groupby(cell).sum()
    rate = (
        found["won_count"] / found["expected_won"] * usual.reindex(found.index.droplevel(2)).array
    )
    compared = seen["adjusted_rate"].notna()
    # A rate above 1 says nothing, and no bound of a known one is above 1.
    assert (compared == (rate <= 1)).all()
    assert (seen["adjusted_ci_high"].dropna() <= 1).all()
    np.testing.assert_allclose(seen["adjusted_rate"][compared], rate[compared])
    inside = seen["adjusted_rate"].between(seen["adjusted_ci_low"], seen["adjusted_ci_high"])
    assert inside[compared].all()


def test_answered_calls_before_the_close(warehouse):
    """Of deals whose clients have no calls without a lead or deal, the named calls are all."""
    counted = warehouse.sql(
        """
        with deals as (
            select deal.deal_id, deal.customer_id, deal.final_closed_at,
                coalesce(least(lead.created_at, deal.created_at), deal.created_at) as started_at
            from marts.fct_deal as deal left join marts.fct_lead as lead using (lead_id)
            where deal.status in ('won', 'lost') and not deal.is_test
                and deal.deal_id not like 'order:%'
        ),
        calls as (
            select call.*, coalesce(call.deal_id, lead.deal_id) as about,
                call.deal_id is null and call.lead_id is null as is_unnamed
            from marts.fct_call as call left join marts.fct_lead as lead using (lead_id)
            where call.status = 'answered' and not call.is_test
        )
        select deal_id, feature_value, count(distinct calls.started_at) as calls
        from deals inner join intermediate.int_deal_contacts__features using (deal_id)
        left join calls on deal_id = about
            and calls.started_at between deals.started_at and final_closed_at
        where feature = 'calls_before_close' and deals.customer_id not in
            (select customer_id from calls where is_unnamed and customer_id is not null)
        group by deal_id, feature_value
        """
    ).df()
    bands = pd.cut(counted["calls"], [-1, 0, 1, 3, np.inf], labels=["0", "1", "2_3", "4_plus"])
    assert len(counted) > 500
    assert (counted["feature_value"] == bands.astype(str)).all()


def test_questions_and_their_answers(warehouse):
    """Talk by talk: what the client writes in a row is answered by the next message of a person, if
    it comes within seven days; a client who writes again after a longer silence asks again."""
    messages = warehouse.sql(
        "select messages.*, coalesce(messages.deal_id, leads.deal_id, messages.lead_id) as about,"
        " cast(timezone($zone, timezone('UTC', sent_at)) as date) as date"
        " from marts.fct_message as messages left join marts.fct_lead as leads using (lead_id)"
        " where not is_automatic and not messages.is_test order by sent_at, direction, message_id",
        params={"zone": ZONE},
    ).df()
    hours = warehouse.sql("from intermediate.int_dates__working_hours").df().set_index("date")

    def worked(moment: pd.Timestamp, day: pd.Timestamp) -> float:
        row = hours.loc[day]
        seconds = (moment - row["opens_at"]).total_seconds()
        return row["working_seconds_before"] + min(row["working_seconds"], max(0.0, seconds))

    threads = messages["thread_id"].fillna(messages["customer_id"] + " " + messages["channel"])
    messages["thread"] = threads.fillna(messages["message_id"])
    talk = ["thread", "channel"]
    messages["about"] = messages.groupby(talk)["about"].ffill()
    messages["about"] = messages.groupby(talk)["about"].bfill().fillna("")

    rows, limit = [], pd.Timedelta(days=7)
    end = pd.Timestamp("2026-06-30T21:00")

    def ask(question: tuple, reply: tuple | None) -> None:
        outcome, minutes = "waits" if end - question.sent_at <= limit else "missed", np.nan
        if reply is not None and reply.sent_at - question.sent_at <= limit:
            seconds = worked(reply.sent_at, reply.date) - worked(question.sent_at, question.date)
            outcome, minutes = "answered", seconds / 60
        rows.append((question.date, question.channel, question.thread, outcome, minutes))

    for _, written in messages.groupby([*talk, "about"]):
        asked = before = None
        for message in written.itertuples():
            if message.direction == "out" and asked is not None:
                ask(asked, message)
                asked = None
            elif message.direction == "in" and asked is None:
                asked = message
            elif message.direction == "in" and message.sent_at - before.sent_at > limit:
                ask(asked, None)
                asked = message
            before = message
        if asked is not None:
            ask(asked, None)
    questions = pd.DataFrame(rows, columns=["date", "channel", "thread", "outcome", "minutes"])

    mart = warehouse.sql("from marts.mart_correspondence_daily").df()
    counts = ["answered_count", "unanswered_count", "unanswered_now"]
    assert (mart["questions_count"] == mart[counts].sum(axis=1)).all()
    outcomes = dict(zip(["answered", "missed", "waits"], mart[counts].sum(), strict=True))
    assert questions["outcome"].value_counts().to_dict() == outcomes
    slowest = questions["minutes"].nlargest(questions["minutes"].count() // 100)
    assert slowest.sum() < questions["minutes"].sum() / 4
    rates = mart["answered_count"] / mart["questions_count"]
    np.testing.assert_allclose(mart["answered_rate"], rates)
    means = mart["response_seconds"] / 60 / mart["answered_count"]
    np.testing.assert_allclose(mart["response_mean_minutes"], means)
    single_threads = mart[
        (mart["threads"] == 1) & (mart["answered_count"] == mart["questions_count"])
    ]
    assert (single_threads["answered_threads"] == 1).all()
    groups = questions.groupby(["date", "channel"])
    found = mart.groupby(["date", "channel"])[
        ["questions_count", "answered_count", "threads", "response_seconds"]
    ].sum()
    found = found[found["questions_count"] > 0]
    assert found["questions_count"].to_dict() == groups.size().to_dict()
    assert found["answered_count"].to_dict() == groups["minutes"].count().to_dict()
    seconds = groups["minutes"].sum() * 60
    np.testing.assert_allclose(found["response_seconds"], seconds, atol=1)
    # A manager who is the only one with questions in a channel that day has all its minutes.
    single = (
        mart[mart["questions_count"] > 0]
        .groupby(["date", "channel"])
        .filter(lambda day: len(day) == 1)
    )
    medians = groups["minutes"].median()
    wanted = [medians[row.date, row.channel] for row in single.itertuples()]
    np.testing.assert_allclose(single["response_p50_minutes"], wanted)
