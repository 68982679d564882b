"""Marks of test purchases: how they are read, and what of them an error repeats."""

from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from orchestration.core.errors import ConfigError
from orchestration.settings import load_settings
from orchestration.sources.marks import normal_mark, write_test_marks

CONFIG = """
[business]
name = "Acme"
time_zone = "Europe/Moscow"
base_currency = "RUB"

[business.test_purchases]
{}

[sources.demo]
type = "demo"
"""
HASHED = "sha256:" + sha256(b"+79990000001").hexdigest()


def load(folder: Path, line: str):
    path = folder / "voronka.toml"
    path.write_text(CONFIG.format(line))
    return load_settings(path)


@pytest.mark.parametrize(
    ("kind", "given", "normal"),
    [
        ("phone", "8 (999) 000-00-01", "+79990000001"),
        ("phone", HASHED, HASHED),
        ("phone", "sha256:12", None),
        ("phone", "12", None),
        ("email", " One@Example.org ", "one@example.org"),
        ("email", "one", None),
        ("client_id", " Ab.1 ", "Ab.1"),
        ("utm_campaign", " QA ", "qa"),
        ("utm_campaign", " ", None),
    ],
)
def test_a_mark_is_read_in_its_normal_form(kind, given, normal):
    assert normal_mark(kind, given, "RU") == normal


def test_marks_are_set_against_what_was_delivered():
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema identity;
            create table identity.identifiers as
            select * from (values
                ('phone', '8 999 000 00 01', '+79990000001'),
                ('phone', '+7 999 000 00 01, 2', '+79990000001'),
                ('phone', '+7 999 000 00 02', '+79990000002'),
                ('email', 'One@example.org', 'one@example.org')
            ) as cells (kind, raw_value, value)
            """
        )
        marks = {"phone": [HASHED], "email": ["ONE@example.org"], "utm_campaign": ["QA"]}
        write_test_marks(connection, marks, "RU")
        assert connection.sql("from identity.test_marks order by all").fetchall() == [
            ("email", "One@example.org", "one@example.org"),
            ("phone", "+7 999 000 00 01, 2", "+79990000001"),
            ("phone", "8 999 000 00 01", "+79990000001"),
            ("utm_campaign", "qa", "qa"),
        ]
        write_test_marks(connection, {}, "RU")
        assert connection.sql("from identity.test_marks").fetchall() == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            'phones = ["+7 999 000-00-01", "99"]',
            "entry 2 of test_purchases.phones is not a phone number",
        ),
        ('emails = ["who"]', "entry 1 of test_purchases.emails is not an e-mail"),
        ("phones = [79990000001]", "`business.test_purchases.phones.0`"),
        ('phones = "+79990000001"', "`business.test_purchases.phones`"),
        ('phone = ["+79990000001"]', "unknown key `business.test_purchases.phone`, did you mean"),
    ],
)
def test_a_mark_that_cannot_be_read_is_not_repeated(tmp_path, line, sentence):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, line)
    assert sentence in str(error.value)
    for value in ("9990000001", "`99`", "'99'", "who"):
        assert value not in str(error.value)


def test_settings_print_no_mark(tmp_path):
    settings = load(tmp_path, 'phones = ["+79990000001"]\nemails = ["one@example.org"]')
    assert settings.business.test_purchases.phones == ("+79990000001",)
    assert "9990000001" not in repr(settings) and "one@example" not in repr(settings)
