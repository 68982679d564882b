"""Two nights of a vendor, edits and deletions and merges between them: whatever fails on the way,
and at whatever moment they are killed and begun again, they end as nights that were left alone."""

import random
from collections import Counter
from datetime import date
from unittest.mock import patch

import httpx
import pytest
from pydantic import TypeAdapter

from kits.kills import Deadly, Night, copied
from kits.profiles import night_seeds
from kits.vendors import land_vendor, passing, same
from orchestration.core.errors import SourceError
from orchestration.core.home import Home
from orchestration.emulators.company import Company
from orchestration.emulators.faults import ALL_KINDS, Faults, Faulty
from orchestration.emulators.server import serve
from orchestration.emulators.suite import ADS, CALLS, CRM, suite
from orchestration.settings import Source

_Timeout = httpx.Timeout


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(0.02)


@pytest.fixture(scope="module")
def nights(request, company, tmp_path_factory):
    """A vendor's time and its failing service; of two nights, by the rows of a slice, the homes
    before and after them where they were left alone, and their moments: the first load of all, and
    a night with changes."""
    kind = request.param
    name = "crm" if kind in CRM else "pbx" if kind in CALLS else "ads"
    town_of = {"crm": "amocrm", "pbx": "uis", "ads": "meta"} | {name: kind}
    with passing() as time, pytest.MonkeyPatch.context() as patch:
        service = suite(company, *town_of.values(), time.now).services[name]
        faulty = Faulty(service.app, Faults(0, share=0))
        deadly = Deadly(faulty)
        with serve(deadly) as url:
            environment = service.environment(url)
            for variable, secret in environment.items():
                patch.setenv(variable, secret)
            keys = service.source(url)
            if kind == "yandex_direct":
                # One report is too little to fail now and then.
                keys["slice_days"] = 30
            source = TypeAdapter(Source).validate_python(keys)
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
            yield time, faulty, told


@pytest.mark.parametrize(
    ("nights", "seed"),
    night_seeds(*CRM, *CALLS, *ADS, alone="twilio", proof=20),
    indirect=["nights"],
    scope="module",
)
def test_kills_change_nothing(nights, tmp_path, seed):
    time, _, told = nights
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


@pytest.mark.parametrize(
    ("nights", "seed"),
    night_seeds(*CRM, *CALLS, *ADS, alone="twilio", proof=50),
    indirect=["nights"],
    scope="module",
)
def test_two_nights_of_faults_change_nothing(nights, company, tmp_path, seed):
    time, faulty, told = nights
    (first, _, fresh, _), (second, _, after, _) = told
    home = Home(tmp_path)
    with patch.object(httpx, "Timeout", _impatient):
        with company.earlier():
            met = _land_at_last(home, first, company.last_day, faulty, seed)
        time.sleep(86_400)
        met += _land_at_last(home, second, second.as_of, faulty, seed + 1_000)
    # What asks little meets few.
    assert met
    same(home, after, second.name)
    # A CRM still knows what it lists no more.
    if second.name != "crm":
        same(home, fresh, second.name)


def _impatient(seconds: float, connect: float) -> httpx.Timeout:
    """The patience of a connector that has no time to lose."""
    return _Timeout(1.0)


def _land_at_last(home: Home, night: Night, as_of: date, faulty: Faulty, seed: int) -> Counter[str]:
    """Land as someone does who begins anew, in better weather, when the vendor answers what is no
    answer: the faults that were met."""
    faults = Faults(seed, share=0.2, kinds=ALL_KINDS)
    with patch.object(faulty, "faults", faults):
        while True:
            try:
                land_vendor(home, night.source, night.name, as_of)
                return Counter(faults.met)
            except SourceError as error:
                assert "shape" in faults.met, error
                faults.share /= 2
