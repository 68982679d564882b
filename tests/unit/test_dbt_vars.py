"""What the models are told of the company and the night."""

from datetime import date

import yaml

from orchestration.core.project import DBT_PROJECT
from orchestration.dbt_sources import wiring
from orchestration.settings import DEMO_CONFIG, Settings, load_settings
from orchestration.transform import dbt_vars

AS_OF = date(2026, 6, 30)


def declared() -> dict[str, object]:
    return yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text())["vars"]


def test_the_project_declares_what_it_is_given_with_the_demo_values():
    settings = load_settings(DEMO_CONFIG)
    assert dbt_vars(settings, AS_OF) | wiring(settings.sources) == declared()


def test_every_variable_comes_from_the_config():
    settings = Settings(
        business={
            "name": "Shop",
            "time_zone": "America/New_York",
            "base_currency": "USD",
            "country": "US",
            "working_hours": {"opens": "08:30", "closes": "24:00"},
            "vat_percent": {"2026-07-01": 7.5, "2020-01-01": 19},
            "spend_basis": "vat_included",
            "maturity_days": {"b2c": 3, "b2b": 8},
            "channel_rules": [
                {"platform": "own*", "channel": "Radio"},
                {"line_phone": "+1 212 555 0100", "channel": "direct"},
            ],
            "attribution": {
                "default_model": "time_decay",
                "window_from": "win",
                "window_days": {"b2c": 7, "b2b": 14},
                "decay_half_life_days": {"b2c": 2, "b2b": 9},
            },
        },
        sources={"demo": {"type": "demo"}},
        thresholds={
            "low_n": 5,
            "meaningful_call_seconds": 61,
            "abandoned_short_seconds": 6,
            "passthrough_seconds": 11,
            "fx_max_age_days": 12,
            "ad_restatement_days": 4,
            "sla_seconds": 21,
            "callback_hours": 25,
            "call_lateness_days": 5,
            "identity_max_people": 3,
            "order_match_seconds": 90,
            "answer_days": 9,
            "baseline_periods": 4,
            "problem_share": 0.75,
            "landmark_days": 3,
            "forecast_months": 24,
            "forecast_min_months": 2,
            "forecast_history_months": 12,
            "forecast_recent_weeks": 6,
            "hygiene_days": 14,
            "habit_share": 0.4,
            "risk_event_days": 3,
            "season_lead_days": 20,
            "season_min_uplift": 0.25,
            "low_stock_days": 7,
        },
    )
    assert dbt_vars(settings, date(2026, 11, 22)) == {
        "as_of": "2026-11-22",
        "time_zone": "America/New_York",
        "base_currency": "USD",
        "country": "US",
        "opens_minute": 510,
        "closes_minute": 1440,
        "vat_percent": "2020-01-01=19 2026-07-01=7.5",
        "spend_basis": "vat_included",
        "attribution_model": "time_decay",
        "channel_rules": [
            {"channel": "Radio", "platform": "own*"},
            {"channel": "direct", "line_phone": "+1 212 555 0100"},
        ],
        "window_from": "win",
        "window_days_b2c": 7,
        "window_days_b2b": 14,
        "decay_half_life_days_b2c": 2,
        "decay_half_life_days_b2b": 9,
        "maturity_days_b2c": 3,
        "maturity_days_b2b": 8,
        "low_n": 5,
        "meaningful_call_seconds": 61,
        "abandoned_short_seconds": 6,
        "passthrough_seconds": 11,
        "fx_max_age_days": 12,
        "ad_restatement_days": 4,
        "sla_seconds": 21,
        "callback_hours": 25,
        "call_lateness_days": 5,
        "identity_max_people": 3,
        "order_match_seconds": 90,
        "answer_days": 9,
        "baseline_periods": 4,
        "problem_share": 0.75,
        "landmark_days": 3,
        "forecast_months": 24,
        "forecast_min_months": 2,
        "forecast_history_months": 12,
        "forecast_recent_weeks": 6,
        "hygiene_days": 14,
        "habit_share": 0.4,
        "risk_event_days": 3,
        "season_lead_days": 20,
        "season_min_uplift": 0.25,
        "low_stock_days": 7,
        "source_options": [],
        "custom_fields": [],
    }
