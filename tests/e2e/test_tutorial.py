"""docs/tutorial.md, walked from an empty folder: every file, command and change of the config is
that of the page, and what a reader sees is what the page says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kits.report import figures, table
from kits.shop import voronka_here

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)(?: title=(\S+))?\n(.*?)```", flags=re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
FILES = {title: text for _, title, text in BLOCKS if title not in ("", "excerpt")}
COMMANDS = [text.strip() for language, _, text in BLOCKS if language == "sh"]
SEEN = [text for language, _, text in BLOCKS if language == "text"]
LEADS, USERS = (text for _, title, text in BLOCKS if title == "excerpt")
(BUSINESS,) = (text for language, title, text in BLOCKS if language == "toml" and not title)


def test_the_tutorial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    Path("export").mkdir()
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    init, doctor, nightly, report, ask = map(shlex.split, COMMANDS)
    proposed, numbers, answer = SEEN
    assert run(init) == proposed
    complete(Path("voronka.toml"))
    found = run(doctor)
    assert " ! " not in found and " ✗ " not in found
    counts = re.findall(r"exports\.(\w+) .*?: (\d+) rows", found)
    told = {"deals": 15, "leads": 15, "calls": 8, "stages": 5, "plans": 4, "users": 2}
    assert {name: int(count) for name, count in counts} == told
    assert numbers in run(nightly)
    run(report)
    assert [Path(one).name for one in opened] == ["index.html"]
    html = Path("data/published/report/index.html").read_text(encoding="utf-8")
    plans = table(html, "overview", "plan_parts")
    assert [(row[0], row[1][0], row[5]) for row in plans] == [
        ("Boris Orlov", "✗", "82\u202f%"),
        ("Anna Petrova", "✓", "114\u202f%"),
    ]
    reached = {row[0]: row[1] for row in table(html, "funnel", "reached")}
    assert reached == {"New": "15", "Measured": "10", "Offer sent": "9", "Won": "7"}
    calls = figures(html, "calls", "call_figures")
    assert (calls["missed"], calls["called_back"]) == ("2", "1")
    assert ask == ["python", "ask.py"]
    asked = subprocess.run([sys.executable, *ask[1:]], capture_output=True, text=True, check=True)
    assert asked.stdout.rstrip("\n") + "\n" == answer


def run(words: list[str]) -> str:
    command, *arguments = words
    assert command == "voronka"
    ended = voronka_here(*arguments)
    assert ended.status == 0, ended.text
    return ended.out


def complete(config: Path) -> None:
    """The changes of step 2: each puts lines of the page in place of those proposed."""
    text = config.read_text(encoding="utf-8")
    header, as_of = BUSINESS.splitlines()
    assert text.count(header) == 1
    text, count = re.subn(r"^# as_of = .*$", as_of, text, flags=re.MULTILINE)
    assert count == 1
    for offered in (LEADS, USERS):
        comment = "".join(f"# {line}\n" for line in offered.splitlines())
        assert text.count(comment) == 1, comment
        text = text.replace(comment, offered)
    config.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("step", range(1, 7))
def test_each_step_is_there(step):
    assert f"\n## {step}. " in PAGE
