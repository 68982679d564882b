"""mart_funnel_stage counted a second time, journey by journey, from the star alone."""

from collections import defaultdict
from datetime import date, timedelta

import pandas as pd

from kits.recounts.funnel_journeys import OUTCOMES, Journey, Ladders
from kits.recounts.funnel_judgement import judged, survival_medians
from kits.recounts.second_opinions import wilson

KEY = ["pipeline_id", "stage_id", "cohort_grain", "cohort_start", "slice_type", "slice_value"]
SLICES = ["all", "channel", "segment", "manager", "client_type"]
MILESTONES = {
    "new": "created_at",
    "qualified": "qualified_at",
    "converted": "converted_at",
    "customer": "won_at",
}
ZONE = "Europe/Moscow"
PASSTHROUGH_SECONDS = 10
LOW_N = 30


def recount(star: dict[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """Counts, rates and durations of the mart, indexed by its key."""
    ladders, subjects = Ladders.of(star), _subjects(star)
    visits = pd.concat([_deal_visits(star), _lead_visits(star)])
    visits = visits[visits["subject_id"].isin(subjects.index)]
    paths = defaultdict(list)
    for visit in visits[["subject_id", "pipeline_id", "stage_id", "entered_at"]].itertuples(False):
        paths[visit.subject_id].append(tuple(visit)[1:])
    born = subjects[["created_at", "status"]].itertuples()
    assumed = set(visits.loc[visits["is_assumed"].eq(True), "subject_id"])
    journeys = (Journey(*row, paths[row[0]], row[0] in assumed) for row in born)
    counts = pd.DataFrame(row for journey in journeys for row in journey.counts(ladders))
    counts = _in_cohorts(counts, subjects).groupby([*KEY, "mode"]).sum(numeric_only=True)
    counts = _every_stage(counts, ladders)
    steps = {(pipeline, stage) for pipeline, ladder in ladders.steps.items() for stage in ladder}
    on_steps = [pair in steps for pair in zip(visits.pipeline_id, visits.stage_id, strict=True)]
    midnight = pd.Timestamp(as_of + timedelta(days=1), tz=ZONE).tz_convert("UTC").tz_localize(None)
    open_hours = (midnight - visits["entered_at"]).dt.total_seconds() / 3600
    open_hours = open_hours.where(visits["is_told"].astype(bool))
    visits["lasting"] = visits["hours"].mask(visits["is_censored"].astype(bool), open_hours)
    lengths = _in_cohorts(visits[on_steps], subjects)
    medians = survival_medians(lengths, KEY).rename("duration_km_median_hours")
    rated = judged(_rated(counts, ladders), as_of)
    pipelines = star["dim_pipeline"].set_index("pipeline_id")["history"]
    untold = rated.index.get_level_values("pipeline_id").map(pipelines) == "none"
    rated["lost_here_count"] = rated["lost_here_count"].mask(
        untold & (rated["lost_here_count"] == 0)
    )
    rated.loc[untold, ["skip_rate", "back_rate"]] = float("nan")
    rated = rated.join(_durations(lengths.groupby(KEY)), on=KEY).join(medians, on=KEY)
    return rated.fillna({"visits_count": 0, "open_visits_count": 0})


def _subjects(star: dict[str, pd.DataFrame]) -> pd.DataFrame:
    leads = star["fct_lead"].assign(subject_id="lead " + star["fct_lead"]["lead_id"])
    lead = leads.set_index("lead_id")
    customer = star["dim_customer"].set_index("customer_id")
    deals = star["fct_deal"].query("not is_test")
    deals = deals.assign(
        subject_id="deal " + deals["deal_id"],
        channel=deals["lead_id"].map(lead["channel"]),
        segment=deals["lead_id"].map(lead["segment"]),
        manager=deals["owner_id_at_close"].fillna(deals["owner_id_current"]),
        client_type=deals["is_new_customer"].map({True: "new", False: "returning"}),
    )
    bought = leads["customer_id"].map(customer["first_won_at"]) < leads["created_at"]
    leads = leads.assign(
        manager=leads["owner_id"],
        client_type=bought.map({True: "returning", False: "new"}),
        status=leads["status"].replace("won", "open"),
    ).query("not is_test and not is_spam and not lead_id.str.startswith('order:')")
    subjects = pd.concat([deals, leads]).set_index("subject_id")
    segment = subjects["customer_id"].map(customer["segment"])
    local = subjects["created_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    return subjects.assign(
        all="all",
        channel=subjects["channel"].fillna("unattributed"),
        segment=subjects["segment"].fillna(segment).fillna("unknown"),
        manager=subjects["manager"].fillna("unassigned"),
        local=local,
    )[["created_at", "local", "status", *SLICES]]


def _deal_visits(star: dict[str, pd.DataFrame]) -> pd.DataFrame:
    visits = star["fct_deal_stage_visit"].sort_values(["deal_id", "visit_no"])
    finished = visits["exited_at"].notna() & ~visits["is_passthrough"]
    told = star["fct_deal"].set_index("deal_id")["has_history"]
    return visits.assign(
        is_told=visits["deal_id"].map(told),
        subject_id="deal " + visits["deal_id"],
        hours=visits["duration_hours"].where(finished),
    )


def _lead_visits(star: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [
        star["fct_lead"][["lead_id"]].assign(
            place=place, stage_id=stage, entered_at=star["fct_lead"][column]
        )
        for place, (stage, column) in enumerate(MILESTONES.items())
    ]
    visits = pd.concat(parts).dropna().sort_values(["lead_id", "place"])
    lead = star["fct_lead"].set_index("lead_id")
    exited_at = visits.groupby("lead_id")["entered_at"].shift(-1)
    # The last visit of a lost lead is over, at a time that may not be known.
    is_last = ~visits["lead_id"].duplicated(keep="last")
    is_lost = is_last & (visits["lead_id"].map(lead["status"]) == "lost")
    exited_at = exited_at.fillna(visits["lead_id"].map(lead["lost_at"]).where(is_last))
    seconds = (exited_at - visits["entered_at"]).dt.total_seconds()
    is_end = visits["stage_id"] == "customer"
    return visits.assign(
        subject_id="lead " + visits["lead_id"],
        is_told=True,
        pipeline_id="leads",
        hours=(seconds / 3600).where((seconds >= PASSTHROUGH_SECONDS) & ~is_end),
        is_censored=is_last & ~is_lost & ~is_end,
    )


def _in_cohorts(rows: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Every row once for each slice and cohort that its deal or lead belongs to."""
    rows = rows.join(subjects[["local", *SLICES]], on="subject_id")
    day = rows["local"].dt.normalize()
    starts = {
        "day": day,
        "week": day - pd.to_timedelta(day.dt.day_of_week, unit="D"),
        "month": day - pd.to_timedelta(day.dt.day - 1, unit="D"),
        "all": pd.Timestamp(1970, 1, 1),
    }
    return pd.concat(
        rows.assign(
            slice_type=slice_type,
            slice_value=rows[slice_type],
            cohort_grain=grain,
            cohort_start=start,
        )
        for slice_type in SLICES
        for grain, start in starts.items()
        if slice_type == "all" or grain in ("month", "all")
    ).drop(columns=SLICES)


def _every_stage(counts: pd.DataFrame, ladders: Ladders) -> pd.DataFrame:
    """A row for every stage of the pipeline in every cohort and slice, zeros where it has none."""
    places = pd.DataFrame(
        (pipeline, stage, place)
        for pipeline, ladder in ladders.steps.items()
        for place, stage in enumerate(ladder)
    ).set_axis(["pipeline_id", "stage_id", "place"], axis=1)
    cohorts = counts.reset_index()[["pipeline_id", *KEY[2:], "mode"]].drop_duplicates()
    frame = cohorts.merge(places, on="pipeline_id").set_index([*KEY, "mode"])
    return frame.join(counts).fillna(0).sort_values("place")


def _rated(counts: pd.DataFrame, ladders: Ladders) -> pd.DataFrame:
    cohort = counts.groupby(["pipeline_id", *KEY[2:], "mode"])
    is_last = counts["place"] == cohort["place"].transform("max")
    first = cohort["reached"].transform("first")
    numerator = counts["stepped"].mask(is_last)
    low, high = wilson(numerator, counts["reached"])
    rated = (
        counts[OUTCOMES]
        .add_suffix("_count")
        .assign(
            reached_count=counts["reached"],
            step_numerator=numerator,
            step_denominator=counts["reached"],
            step_conversion=numerator / counts["reached"],
            step_ci_low=low,
            step_ci_high=high,
            first_reached_count=first,
            cumulative_conversion=counts["reached"] / first,
            reached_later_count=counts["passed"],
            skipped_count=counts["skipped"],
            skip_rate=counts["skipped"] / counts["passed"],
            went_back_count=counts["went_back"],
            back_rate=counts["went_back"] / counts["reached"],
            is_low_n=counts["reached"] < LOW_N,
        )
    )
    return rated.replace([float("inf")], float("nan"))


def _durations(visits) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "duration_mean_hours": visits["hours"].mean(),
            "duration_median_hours": visits["hours"].median(),
            "duration_p90_hours": visits["hours"].quantile(0.9),
            "visits_count": visits.size(),
            "open_visits_count": visits["is_censored"].sum(),
            "censored_share": visits["is_censored"].mean(),
        }
    )
