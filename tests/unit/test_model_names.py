"""Which models between staging and the star, and between the star and the marts, tests may name."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Tests ask the star and the marts, so that what lies between can be put otherwise. Named are the
# models that hold a formula by themselves, and those that such a test fills with rows.
NAMED = {
    "int_calls__sessions": "sessions grow night by night; a session is of the legs it had",
    "int_deal_stage_moves": "deals whose events changed are built again",
    "int_funnel__subject_steps": "subjects whose visits changed are built again",
    "int_forecast__standings": "deals whose visits changed are built again",
    "int_customers__identified": "identity: which records are one client, and by which rule",
    "int_customers__lifetimes": "the fit of a published model, beside its published figures",
    "int_stage_events__ordered": "the order of events that share a time",
    "int_leads__contacted": "how long a lead waits in working hours",
    "int_forecast__learned": "the incidence, beside another library",
    "int_forecast__incidence": "the chances that open deals are counted with",
    "int_forecast__errors": "the errors that widen an interval",
    "int_forecast__spreads": "by how much more a scope varies than the others",
    "int_forecast__chances": "what became of the chances to meet a plan",
    "int_forecast__scopes": "what is expected of open and new deals, day by day",
    "int_forecast__methods": "what each method forecasts on each day",
    "int_plans__uncovered": "the split of a gap between plan and fact",
    "int_scopes__gaps": "the split of a gap between plan and fact",
    "int_attribution__removal_effects": "the weights of the Markov model",
    "int_marts__mandatory_checks": "which checks count against which mart",
    "int_findings__tests": "the p values of which findings are made",
    "int_findings__seasons": "the season of a client, as of another month",
    "int_findings__windows": "the months of findings, which are of the as_of day alone",
    # Filled with rows.
    "int_calls__channels": "sessions and calls",
    "int_customers__reached": "sessions and calls",
    "int_records__marked": "sessions and calls",
    "int_customers__marked": "sessions and calls",
    "int_customers__described": "credits, the forecast",
    "int_deals__located": "moves that are built again",
    "int_funnel__stages": "steps that are built again",
    "int_funnel__subjects": "steps that are built again",
    "int_funnel__visits": "steps that are built again",
    "int_stages__placed": "moves that are built again",
    "int_dates__working_hours": "the working minutes until an answer",
    "int_deal_contacts__features": "the kinds of deals that are compared at an equal mix",
    "int_deals__conformed": "credits, the forecast",
    "int_deals__history": "the forecast",
    "int_dates__spine": "working hours",
    "int_leads__surviving": "credits, working hours",
    "int_leads__deals": "working hours",
    "int_leads__phoned": "working hours",
    "int_leads__written": "working hours",
    "int_touchpoints__conformed": "credits",
    "int_merges__resolved": "gate 2, events that share a time",
    "int_people__absences": "days of absence, which no table of the star holds by themselves",
    "int_orders__moves": "events that share a time",
    "int_forecast__delivered": "the forecast",
    "int_scopes__managers": "the forecast",
    "int_scopes__periods": "the split of a gap, the forecast",
    "int_scopes__workdays": "working days without an event, which have no row in a mart",
}


def test_tests_name_no_other_models_in_between():
    files = [*(ROOT / "models").rglob("*.sql"), *(ROOT / "models").rglob("*.py")]
    models = {path.stem for path in files}
    others = (path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    named = {name for path in others for name in re.findall(r"\bint_\w+", path.read_text())}
    assert named == NAMED.keys()
    assert NAMED.keys() <= models
