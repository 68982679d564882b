"""A vendor's landing that is killed at any moment and begun again ends as one that was not."""

import random

import pytest
from emulators.company import Company
from emulators.server import serve
from emulators.town import ADS, CALLS, CRM, town
from kill_kit import Deadly, Night, copied
from profiles import kill_seeds
from pydantic import TypeAdapter
from vendor_kit import land_vendor, passing, same

from orchestration.home import Home
from orchestration.settings import Source


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(scope="module")
def nights(request, company, tmp_path_factory):
    """A vendor; by the rows of a slice, the homes before and after a night that was left alone, and
    its moments: the first load of all, and a night with changes."""
    kind = request.param
    name = "crm" if kind in CRM else "pbx" if kind in CALLS else "ads"
    town_of = {"crm": "amocrm", "pbx": "uis", "ads": "meta"} | {name: kind}
    with passing() as time, pytest.MonkeyPatch.context() as patch:
        service = town(company, *town_of.values(), time.now).services[name]
        deadly = Deadly(service.app)
        with serve(deadly) as url:
            environment = service.environment(url)
            for variable, secret in environment.items():
                patch.setenv(variable, secret)
            source = TypeAdapter(Source).validate_python(service.source(url))
            homes = [Home(tmp_path_factory.mktemp("home")) for _ in range(2)]
            with company.earlier():
                land_vendor(homes[1], source, name, company.last_day)
            told = []
            for before, slice_rows in zip(homes, (1500, 200), strict=True):
                before.prepare()
                night = Night(deadly, source, name, environment, time.ahead, slice_rows)
                after = copied(before, tmp_path_factory.mktemp("after") / "home")
                time.sleep(86_400)
                told.append((night, before, after, night.rehearse(after)))
            yield time, told


@pytest.mark.parametrize(
    ("nights", "seed"),
    kill_seeds(*CRM, *CALLS, *ADS, alone="twilio"),
    indirect=["nights"],
    scope="module",
)
def test_kills_change_nothing(nights, tmp_path, seed):
    time, told = nights
    chance = random.Random(seed)
    night, before, after, moments = told[seed % 2]
    home = copied(before, tmp_path / "home")
    for _ in range(chance.randint(1, 2)):
        kind = chance.choice(["asked", chance.choice(sorted(moments))])
        # Begun again it may end well before that moment.
        night.die(home, kind, chance.randint(1, moments[kind]))
        time.sleep(chance.choice([0, 3_600]))
    land_vendor(home, night.source, night.name)
    same(home, after, night.name)
