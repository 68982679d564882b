"""Gate 2: totals of the marts against those of the facts, of the facts against the input, and what
the input lacks. What a model guarantees by itself, and that its ids are found, is a dbt test.

`{batch}` in a query is the table the measure is listed under.
"""

from datetime import date

from data_quality.checks import Measure
from data_quality.marts.channels import channel_measures
from data_quality.marts.coaching import coaching_measures
from data_quality.marts.facts import fact_measures
from data_quality.marts.findings import finding_measures
from data_quality.marts.funnel import funnel_measures
from data_quality.marts.managers import manager_measures
from data_quality.marts.purchases import purchase_measures
from data_quality.marts.shops import shop_measures


def marts_measures(as_of: date, time_zone: str) -> dict[str, list[Measure]]:
    """The measures of gate 2 by the table (schema `marts`) they are about."""
    return {
        **channel_measures(),
        **manager_measures(),
        **coaching_measures(),
        **funnel_measures(),
        **purchase_measures(as_of, time_zone),
        **finding_measures(),
        **shop_measures(),
        **fact_measures(as_of, time_zone),
    }
