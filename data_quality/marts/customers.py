"""Phones and e-mails that could not be read: they link no records of a client."""

from data_quality.checks import Measure
from data_quality.ledger import marts_fed_by

# The share of typed identifiers that can usually be read. Callers may hide their number.
_USUAL = 0.9
_USUAL_OF_CALLERS = 0.5

_READ = f"""
    select
        case when entity = 'calls' then {_USUAL_OF_CALLERS} else {_USUAL} end as threshold,
        read / delivered as value,
        entity || '.' || column_name || ': ' || delivered - read || ' of ' || delivered
        || ' identifiers could not be read' || case when read < delivered then '; a phone needs'
        || ' as many digits as its country gives it (`business.country` where it has no country'
        || ' code), an e-mail an @; several in one cell are parted by , ; / | or line ends'
        else '' end as detail
    from identity.readings
    where delivered > 0
    union all
    select 1.0, 1.0, 'no phones and e-mails were delivered'
    where not exists (select 1 from identity.readings where delivered > 0)
"""


def identifiers_measure() -> Measure:
    """Warns if many delivered identifiers cannot be read."""
    description = "Most phones and e-mails that are delivered can be read."
    marts = marts_fed_by("contacts")
    return Measure("identifiers_read", "validity", "warn", _READ, description, marts)
