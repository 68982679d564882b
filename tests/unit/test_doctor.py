"""`voronka doctor` says what the night would take for granted."""

from pathlib import Path

import pytest

from orchestration.core.home import Home
from orchestration.doctor import diagnose
from orchestration.settings import DEMO_CONFIG
from orchestration.sources.base import Finding


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("RU", "RU", "18 public holidays of RU in 2026"),
        ('"RU"', '"XX"', "no public holidays of XX are known: Monday to Friday are working days"),
        ('"RU"', '"DE"', "9 public holidays of DE in 2026; a part of DE may have more: "),
        ('"RU"', '"DE"\nregion = "BY"', "12 public holidays of BY in 2026"),
    ],
)
def test_a_calendar_without_holidays_is_reported(tmp_path: Path, old: str, new: str, sentence: str):
    config = tmp_path / "voronka.toml"
    config.write_text(DEMO_CONFIG.read_text().replace(old, new))
    findings = diagnose(config, Home(tmp_path / "home"))
    calendar = next(finding for finding in findings if finding.what == "calendar")
    assert calendar.found.startswith(sentence)
    assert calendar.ok


def test_a_table_of_which_there_are_two_is_written_as_a_list(tmp_path: Path):
    config = tmp_path / "voronka.toml"
    table = '[sources.crm.entities.deals]\npath = "a.csv"\n'
    config.write_text(f'[sources.crm]\ntype = "files"\n{table}{table}')
    _, found = diagnose(config, Home(tmp_path / "home"))
    assert "write [[sources.crm.entities.deals]] for each" in found.found


def test_what_a_proposed_config_leaves_as_a_comment_is_named_and_fails_nothing(tmp_path: Path):
    config = tmp_path / "voronka.toml"
    config.write_text(
        DEMO_CONFIG.read_text()
        + """
# [sources.exports.entities.calls]
# fill in: columns.call_id = "a"    # or "b": no column has a known name
# unsure: columns.queue_seconds = "c"    # the name only contains a known one
"""
    )
    findings = [*diagnose(config, Home(tmp_path / "home"))]
    lines = [finding for finding in findings if finding.what.startswith("line ")]
    begun = ("[sources.exports.entities.calls] is a comment", "not decided: ", "not read: ")
    assert len(lines) == 3
    for finding, start in zip(lines, begun, strict=True):
        assert finding.found.startswith(start)
        assert finding.ok
        assert finding.advice


def test_an_unreadable_line_is_reported_without_a_column_or_a_value(tmp_path: Path):
    config = tmp_path / "voronka.toml"
    config.write_text("""
[business]
name = "Shop"
time_zone = "Europe/Moscow"
base_currency = "RUB"

[sources.crm]
type = "files"
time_zone = "Europe/Moscow"
entities.contacts.path = "contacts.csv"
entities.contacts.columns = { contact_id = "id", city = "city" }
""")
    (tmp_path / "contacts.csv").write_text("id,city\n1,Tver\n2,Omsk,3\n")
    findings = diagnose(config, Home(tmp_path / "home"))
    contacts = next(finding for finding in findings if finding.what == "crm.contacts")
    assert contacts.found.startswith("contacts.csv: 2 rows, 1 for quarantine, first row 3: ")
    assert "None" not in contacts.found


FILES = """
[business]
name = "Shop"
time_zone = "Europe/Moscow"
base_currency = "RUB"

[sources.crm]
type = "files"
folder = "export"
time_zone = "Europe/Moscow"
required = {required}
entities.contacts.path = "contacts*.csv"
entities.contacts.columns = {{ contact_id = "id" }}
"""


def diagnosed(folder: Path, required: str, **files: str) -> dict[str, Finding]:
    """What the doctor says of the files `<name>.csv` of an export, by the file or by what it is."""
    (folder / "export").mkdir()
    for name, content in files.items():
        (folder / "export" / f"{name}.csv").write_text(content)
    config = folder / "voronka.toml"
    config.write_text(FILES.format(required=required))
    found = [*diagnose(config, Home(folder / "home"))]
    return {one.found.partition(":")[0] if "." in one.what else one.what: one for one in found}


def test_an_entity_without_rows_fails_as_the_night_would(tmp_path: Path):
    found = diagnosed(tmp_path, "true", contacts="id\n")["contacts.csv"]
    assert (found.ok, found.found) == (False, "contacts.csv: 0 rows")
    assert "the night refuses an entity without rows" in found.advice


def test_an_entity_without_rows_that_is_not_required_warns(tmp_path: Path):
    found = diagnosed(tmp_path, "false", contacts="id\n")["contacts.csv"]
    assert (found.ok, bool(found.advice)) == (True, True)


def test_one_empty_file_of_two_warns(tmp_path: Path):
    found = diagnosed(tmp_path, "true", contacts="id\n1\n", contacts2="id\n")
    assert (found["contacts.csv"].ok, found["contacts.csv"].advice) == (True, "")
    assert found["contacts2.csv"].ok
    assert "Export it again" in found["contacts2.csv"].advice


def test_files_that_no_mapping_reads_are_named(tmp_path: Path):
    found = diagnosed(tmp_path, "true", contacts="id\n1\n", plan="a\n", sales="a\n")["files"]
    assert (found.ok, bool(found.advice)) == (True, True)
    folder = (tmp_path / "export").resolve()
    assert found.found == f"2 files in {folder} are read by no mapping: plan.csv, sales.csv"


def test_where_all_files_are_read_nothing_is_said(tmp_path: Path):
    assert "files" not in diagnosed(tmp_path, "true", contacts="id\n1\n")
