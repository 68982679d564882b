"""Working days of managers counted a second time, in pandas, each day of each absence by itself."""

import pandas as pd

_PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}


def days_at_work(
    managers: pd.DataFrame, absences: pd.DataFrame, calendar: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per manager with a day of hiring and day at work up to as_of; nobody is merged."""
    away = {
        (absence.user_id, day)
        for absence in absences.itertuples()
        for day in pd.date_range(absence.first_on, absence.last_on)
    }
    workdays = calendar.loc[calendar["is_workday"] & (calendar["date"] <= as_of), "date"]
    return pd.DataFrame(
        [
            (manager.manager_id, day)
            for manager in managers.dropna(subset="hired_on").itertuples()
            for day in workdays
            if manager.hired_on <= day
            and not manager.left_on < day
            and (manager.manager_id, day) not in away
        ],
        columns=["manager_id", "date"],
    )


def of_periods(
    days: pd.DataFrame, managers: pd.DataFrame, scope_type: str, rows: pd.DataFrame
) -> pd.Series:
    """The working days of each of the rows of a mart, a float, 0 for none."""
    named = managers.assign(company="company", manager=managers["manager_id"])
    scopes = named.set_index("manager_id")[scope_type].fillna("unassigned")
    placed = days.assign(scope_id=days["manager_id"].map(scopes))
    counted = pd.concat(
        placed.assign(
            period_grain=grain, period_start=placed["date"].dt.to_period(period).dt.start_time
        )
        for grain, period in _PERIODS.items()
    )
    key = ["scope_id", "period_grain", "period_start"]
    sizes = counted.groupby(key).size()
    return (
        sizes.reindex(pd.MultiIndex.from_frame(rows[key]), fill_value=0)
        .astype(float)
        .set_axis(rows.index)
    )
