"""What a killed run leaves of clients' data is gone when the next one starts."""

from orchestration.core.home import Home
from orchestration.sources import raw


def test_copies_of_files_and_spilled_rows_are_removed(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    (home.state / "company").write_text("Acme")
    for place in ("spill/clients.csv.utf8", "spill/tmp1/leads.csv", "spill_delivery/rows.tmp"):
        file = home.state / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("+7 999 000-00-01")
    raw.remove_leftovers(home)
    assert [path.name for path in home.state.iterdir()] == ["company"]
    raw.remove_leftovers(home)
