"""The config is validated on start: each mistake is one sentence with the key and what it means."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.core.errors import ConfigError
from orchestration.settings import DEMO_CONFIG, load_settings

GOOD = """
[business]
name = "Acme"
time_zone = "Europe/Moscow"
base_currency = "RUB"

[sources.demo]
type = "demo"
"""
FILES = 'type = "files"\ntime_zone = "UTC"\n'
DEALS = 'path = "x.csv"\ncolums = { deal_id = "x" }'


def _load(tmp_path: Path, text: str):
    path = tmp_path / "voronka.toml"
    path.write_text(text)
    return load_settings(path)


def test_demo_config_is_valid_and_pins_its_last_day():
    settings = load_settings(DEMO_CONFIG)
    assert settings.default_as_of(datetime(2030, 1, 1, tzinfo=UTC)) == date(2026, 6, 30)


def test_default_as_of_is_yesterday_in_the_business_zone(tmp_path):
    settings = _load(tmp_path, GOOD)
    # 22:30 UTC on the 9th is 01:30 on the 10th in Moscow.
    assert settings.default_as_of(datetime(2026, 3, 9, 22, 30, tzinfo=UTC)) == date(2026, 3, 9)
    assert settings.default_as_of(datetime(2026, 3, 9, 20, 30, tzinfo=UTC)) == date(2026, 3, 8)


def test_relative_paths_start_at_the_config(tmp_path):
    assert _load(tmp_path, GOOD).folder == tmp_path.resolve()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("base_currency", "base_curency", "unknown key `business.base_curency`, did you mean"),
        ('name = "Acme"', "", "key `business.name` is missing"),
        ("Europe/Moscow", "Europe/Moscw", "`Europe/Moscw` is not an IANA time zone"),
        ('"RUB"', '"rubles"', "`business.base_currency`"),
        (
            '"RUB"',
            '"RUR"',
            "`business.base_currency`: is not an ISO 4217 currency code, expected one like EUR"
            " (found 'RUR')",
        ),
        ("[business]", "[bussiness]", "voronka.toml: unknown key `bussiness`, did you mean"),
        ('type = "demo"', "", "key `sources.demo.type` is missing"),
        ('type = "demo"', 'type = "demos"', "`sources.demo.type` is `demos`, did you mean `demo`?"),
        ('type = "demo"', 'type = "sap"', "`sources.demo.type` is `sap`, expected one of 'files',"),
        (
            'type = "demo"',
            f"{FILES}[sources.demo.entities.deals]\n{DEALS}",
            "`sources.demo.entities.deals`: unknown key `colums`, did you mean `columns`?",
        ),
        (
            'type = "demo"',
            f"{FILES}[[sources.demo.entities.deals]]\n{DEALS}",
            "`sources.demo.entities.deals.0`: unknown key `colums`, did you mean `columns`?",
        ),
        (
            'type = "demo"',
            'type = "demo"\ntolerence = 0.1',
            "unknown key `sources.demo.tolerence`, did you mean `tolerance`?",
        ),
        ('type = "demo"', 'type = "demo"\ntolerance = 2', "`sources.demo.tolerance`"),
        ("sources.demo", 'sources."Bad name; drop"', "sources.Bad name; drop"),
        ('name = "', 'name = " " # "', "`business.name`: String should match pattern"),
        ("[business]", "[business", "cannot be read as TOML"),
        (
            'currency = "RUB"',
            'currency = "RUB"\nvat_percent = { 2026-01-01 = 122 }',
            "`business.vat_percent.2026-01-01`: Input should be less than 100 (found 122)",
        ),
        (
            'currency = "RUB"',
            'currency = "RUB"\nspend_basis = "net"',
            "`business.spend_basis`: Input should be 'vat_excluded', 'vat_included' or",
        ),
        (
            "[sources.demo]",
            '[[business.channel_rules]]\nchannel = "radio"\n[sources.demo]',
            "`business.channel_rules.0`: names no signal of a channel, expected one of",
        ),
        (
            "[sources.demo]",
            '[[business.channel_rules]]\nchannel = "radio"\nutm_sorce = "fm"\n[sources.demo]',
            "unknown key `business.channel_rules.0.utm_sorce`, did you mean `utm_source`?",
        ),
        (
            "[sources.demo]",
            '[[business.channel_rules]]\nchannel = "radio"\nline_phone = "1"\nplatform = "a"\n'
            "[sources.demo]",
            "has other signals beside `line_phone`, expected it alone",
        ),
        (
            "[sources.demo]",
            '[business.working_hours]\nopens = "9am"\n[sources.demo]',
            "`business.working_hours.opens`: `9am` is not a time of day, expected one like 09:00",
        ),
        (
            "[sources.demo]",
            '[business.working_hours]\nopens = "20:00"\ncloses = "04:00"\n[sources.demo]',
            "`business.working_hours`: closes at 04:00, expected later than 20:00",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_its_key(tmp_path, old, new, sentence):
    assert old in GOOD
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, GOOD.replace(old, new))
    assert sentence in str(error.value)
    assert "voronka.toml" in str(error.value)
    assert "\n" not in str(error.value).strip()


def test_a_misspelt_section_is_said_once(tmp_path):
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, GOOD.replace("[business]", "[bussiness]"))
    assert str(error.value).endswith(
        "voronka.toml: unknown key `bussiness`, did you mean `business`?"
    )


def test_a_day_to_come_is_refused(tmp_path):
    settings = _load(tmp_path, GOOD)
    # The 10th has begun in Moscow.
    now = datetime(2026, 3, 9, 22, 30, tzinfo=UTC)
    settings.refuse_future(date(2026, 3, 10), now)
    with pytest.raises(ConfigError) as error:
        settings.refuse_future(date(2026, 3, 11), now)
    assert str(error.value) == (
        "as_of 2026-03-11 is in the future, expected at most 2026-03-10, today in Europe/Moscow"
    )


def test_a_folder_is_not_a_config(tmp_path):
    with pytest.raises(ConfigError, match="is a folder, expected a TOML file"):
        load_settings(tmp_path)


def test_a_missing_config_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml is not there"):
        load_settings(tmp_path / "nowhere.toml")
