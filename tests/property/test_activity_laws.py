"""Laws of messages, for any company: what a program sends changes no lead, and what people write
can only bring the first attempt and the first contact forward."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from hypothesis import given

from kits.profiles import costly
from kits.whole_company import AS_OF, Nights, Row, Rows, companies, nights

Firsts = dict[str, tuple[datetime | None, datetime | None]]


@pytest.fixture(scope="module")
def home(compile_models: Callable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    left_out = ("staging.vendors", "staging.entities")
    models = compile_models("+fct_lead", "--exclude", *left_out, as_of=f"{AS_OF}")
    with nights(models, tmp_path_factory.mktemp("messages")) as home:
        yield home


def firsts(home: Nights, company: Rows, messages: list[Row]) -> Firsts:
    """The first attempt and the first contact of each lead of the company with these messages."""
    home.land(company | {"messages": messages})
    home.published()
    rows = home.connection.execute(
        "select lead_id, first_attempt_at, first_contact_at from marts.fct_lead"
    ).fetchall()
    return {lead: (attempt, contact) for lead, attempt, contact in rows}


@costly(3)
@given(company=companies)
def test_messages_only_bring_a_contact_forward(home: Nights, company: Rows):
    # An address of a client could also join two customers, and so end the time of a lead.
    unaddressed = [row | {"phone": None, "email": None} for row in company["messages"]]
    silent = firsts(home, company, [])
    automatic = [row | {"is_automatic": "true"} for row in unaddressed]
    assert firsts(home, company, automatic) == silent
    spoken = firsts(home, company, unaddressed)
    assert spoken.keys() == silent.keys()
    for lead, moments in spoken.items():
        for moment, before in zip(moments, silent[lead], strict=True):
            assert before is None or (moment is not None and moment <= before), lead
