"""`voronka doctor`: would the night run? Looks at everything and changes nothing."""

import os
import platform
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from orchestration.core.errors import ConfigError, VoronkaError
from orchestration.core.home import HASH_KEY_VARIABLE, Home
from orchestration.days_off import public_holidays, regions
from orchestration.disk import needed_bytes
from orchestration.proposal.config import FILL_IN, UNSURE
from orchestration.settings import Settings, load_settings
from orchestration.sources.base import EntitySource, ExtractContext, Finding, SourceConfig
from orchestration.sources.connectors.base import ConnectorSource

if TYPE_CHECKING:
    from orchestration.sources.delivery import Load

_PACKAGES = ("voronka", "duckdb", "dbt-core", "dbt-duckdb", "dagster", "dlt", "great-expectations")
_FREE_BYTES = 2 * 1024**3
# How many values that a list lacks are named.
_SHOWN = 10
# A table of a source that is a comment, as `voronka init` leaves it.
_COMMENT = re.compile(r"# (\[{1,2}sources\..+\.entities\.\w+\]{1,2})")
_OTHER_HOME = "Name another folder with --home."


def diagnose(config: Path, home: Home) -> Iterator[Finding]:
    """Check the versions, the config, the home folder and, by reading them, every source."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield Finding("versions", f"Python {platform.python_version()}, {versions}")
    try:
        settings = load_settings(config)
    except VoronkaError as error:
        begun = "Correct this in {} (docs/reference/config.md lists every key)"
        written = "Write it with `voronka init`, or name another one with --config"
        advice = begun.format(config) if config.exists() else written
        yield Finding("config", str(error), ok=False, advice=f"{advice}.")
        yield from _open_lines(config)
        return
    sources = "1 source" if len(settings.sources) == 1 else f"{len(settings.sources)} sources"
    yield Finding("config", f"{config} is valid, {sources}")
    yield from _open_lines(config)
    yield from _day(settings)
    yield _calendar(settings)
    yield _home(home, settings.business.name)
    yield _disk(home)
    yield _key(home)
    yield from _notify(settings)
    yield from _servers(settings)
    for name in settings.sources:
        yield from _source(name, settings, home)
    yield from _unread(settings)


def _open_lines(config: Path) -> Iterator[Finding]:
    """The tables and lines of a proposed config that are comments until a person decides: what they
    say is not read, and the night runs without it."""
    if not config.is_file():
        return
    for number, line in enumerate(config.read_text("utf-8", "replace").splitlines(), start=1):
        if found := _open_line(line):
            said, advice = found
            yield Finding(f"line {number}", said, advice=advice)


def _open_line(line: str) -> tuple[str, str] | None:
    """What is not read because the line is a comment, and what a person does next."""
    if table := _COMMENT.match(line):
        advice = "Complete its lines and remove their `# `, or delete them."
        return f"{table[1]} is a comment: this table is not read", advice
    if line.startswith(FILL_IN):
        advice = f"Complete the line and remove `{FILL_IN}`."
        if "columns." not in line:
            advice = "Map a table, or complete one that is a comment (docs/how-to/files.md)."
        return f"not decided: {line.removeprefix(FILL_IN)}", advice
    if line.startswith(UNSURE):
        advice = f"Remove `{UNSURE}` if the line is right, or delete it."
        return f"not read: {line.removeprefix(UNSURE)}", advice
    return None


def _day(settings: Settings) -> Iterator[Finding]:
    """The finding for a day of the config that has not begun."""
    now = datetime.now(UTC)
    try:
        settings.refuse_future(settings.default_as_of(now), now)
    except ConfigError as error:
        advice = "Remove business.as_of, or give a day that has begun."
        yield Finding("as_of", str(error), ok=False, advice=advice)


def _calendar(settings: Settings) -> Finding:
    """What is known of the days off of the company's country."""
    country, region = settings.business.country, settings.business.region
    year = settings.default_as_of(datetime.now(UTC)).year
    count = public_holidays(country, region, year)
    if not count:
        found = f"no public holidays of {country} are known: Monday to Friday are working days"
        return Finding("calendar", found)
    found = f"{count} public holidays of {region or country} in {year}"
    if not region and (parts := regions()[country]):
        found += f"; a part of {country} may have more: `business.region`, such as {parts[0]}"
    return Finding("calendar", found)


def _home(home: Home, company: str) -> Finding:
    try:
        home.refuse_misread_path()
    except ConfigError as error:
        return Finding("home", str(error), ok=False, advice=_OTHER_HOME)
    place = _existing(home.root)
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        advice = f"Give yourself the right to write {place}, or name another folder with --home."
        return Finding("home", f"{home.root} cannot be written", ok=False, advice=advice)
    try:
        home.refuse_other(company)
    except VoronkaError as error:
        return Finding("home", str(error), ok=False, advice=_OTHER_HOME)
    state = "is there" if home.root.exists() else "will be made"
    return Finding("home", f"{home.root} {state}")


def _disk(home: Home) -> Finding:
    free = shutil.disk_usage(_existing(home.root)).free
    found = f"{free / 1024**3:,.1f} GiB free"
    expected = max(_FREE_BYTES, needed_bytes(home))
    if free < expected:
        lacking = f"{found}, expected at least {expected / 1024**3:,.1f}"
        advice = "Free space, or name a folder of another disk with --home."
        return Finding("disk", lacking, ok=False, advice=advice)
    return Finding("disk", found)


def _key(home: Home) -> Finding:
    try:
        key = home.given_key()
    except VoronkaError as error:
        advice = f"Put the key that earlier nights used into {HASH_KEY_VARIABLE}, or unset it."
        return Finding("client id key", str(error), ok=False, advice=advice)
    if key is None:
        return Finding("client id key", "will be made by the first night")
    if HASH_KEY_VARIABLE in os.environ:
        return Finding("client id key", f"in the environment variable {HASH_KEY_VARIABLE}")
    return Finding("client id key", f"in {home.key_file}")


def _notify(settings: Settings) -> Iterator[Finding]:
    """By event that somebody is told of, the services of its addresses; nothing is sent."""
    from orchestration.notify.send import addresses

    for event, variable in settings.notify.variables.items():
        try:
            services = ", ".join(str(one.service_name) for one in addresses(variable))
        except VoronkaError as error:
            advice = f"Set {variable} to the addresses (docs/how-to/notify.md)."
            yield Finding(f"notify {event}", str(error), ok=False, advice=advice)
        else:
            yield Finding(f"notify {event}", f"{variable}: {services}")


def _servers(settings: Settings) -> Iterator[Finding]:
    """Whether a night could write to the servers of the config; nothing is written."""
    from orchestration.servers.serve import servers_of

    for server in servers_of(settings):
        what = f"publish {server.name}"
        try:
            yield Finding(what, server.examine(settings.business.name))
        except VoronkaError as error:
            advice = f"Correct [publish.{server.name}], its environment variable or the server"
            advice += " (docs/how-to/servers.md)."
            yield Finding(what, str(error), ok=False, advice=advice)


@dataclass(frozen=True)
class _Examination:
    """Read the source `name` as the night of `as_of` would; nothing is loaded."""

    name: str
    settings: Settings
    home: Home
    as_of: date

    def by_reading(self, config: EntitySource) -> Iterator[Finding]:
        """Read the source into memory and report what a night would load."""
        from orchestration.sources.delivery import open_delivery

        settings = self.settings
        with tempfile.TemporaryDirectory() as scratch:
            aside = Home(Path(scratch))
            aside.prepare()
            with open_delivery(aside, settings.limits) as delivery:
                given = (self.name, delivery, settings.folder, aside, settings.limits, self.as_of)
                config.extract(ExtractContext(*given))
                delivery.check()
                loads = delivery.loads(self.name)
                rejects = delivery.rejects().to_pylist()
        landed = Counter[str]()
        for load in loads:
            landed[load.entity] += load.rows_loaded
        for load in loads:
            tolerated = load.rows_quarantined <= config.tolerance * load.rows_delivered
            what, table = f"{self.name}.{load.entity}", f"sources.{self.name}"
            advice = (
                f"Correct the file or [{table}.entities.{load.entity}] (`only_if` leaves rows out,"
                " such as totals, by a column that is empty in them),"
                f" or raise `tolerance` of [{table}]."
            )
            if tolerated and not load.rows_loaded and not load.rows_superseded:
                yield _empty(what, load, config, landed[load.entity])
            else:
                yield Finding(what, _found(load, rejects), tolerated, "" if tolerated else advice)

    def by_asking(self, config: SourceConfig) -> Iterator[Finding]:
        """Ask the vendor what a night would read."""
        return cast(ConnectorSource, config).diagnose(self.name, self.as_of, self.home)


def _source(name: str, settings: Settings, home: Home) -> Iterator[Finding]:
    """The finding for a source that would fail, or whose rows a night would load."""
    config, as_of = settings.sources[name], settings.default_as_of(datetime.now(UTC))
    advice = f"Correct [sources.{name}] (docs/how-to/{config.type}.md)"
    if variables := [value for key, value in config if key.endswith("_env") and value]:
        advice += f" or set {' and '.join(variables)}"
    try:
        for finding in config.examine(_Examination(name, settings, home, as_of)):
            known = finding.ok or finding.advice
            yield finding if known else replace(finding, advice=f"{advice}.")
    except VoronkaError as error:
        yield Finding(f"source {name}", str(error), not config.required, f"{advice}.")


def _empty(what: str, load: "Load", config: EntitySource, landed: int) -> Finding:
    """A file of which no row lands. Gate 1 refuses a night in which an entity has no rows; of
    several files, or where none is required, it does not, and the doctor warns. `landed`: the rows
    of all files of the entity."""
    if load.entity in config.may_be_empty:
        return Finding(what, _found(load, []))
    if landed or not config.required:
        advice = "Export it again if it should have rows: the night goes on without it."
        return Finding(what, _found(load, []), advice=advice)
    advice = (
        "Export it again, take the entity out of the config, or set `required = false` where the"
        " source may have none: the night refuses an entity without rows."
    )
    return Finding(what, _found(load, []), ok=False, advice=advice)


def _unread(settings: Settings) -> Iterator[Finding]:
    """The tables that lie beside those that are read, and that no source reads."""
    from orchestration.sources.files.config import FilesSource
    from orchestration.sources.files.paths import unread

    sources = [one for one in settings.sources.values() if isinstance(one, FilesSource)]
    for folder, names in unread(sources, settings.folder).items():
        count = "1 file" if len(names) == 1 else f"{len(names)} files"
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        verb = "is" if len(names) == 1 else "are"
        yield Finding(
            "files",
            f"{count} in {folder} {verb} read by no mapping: {', '.join(names[:_SHOWN])}{more}",
            advice="Map what belongs to the data (docs/how-to/files.md); the rest does no harm.",
        )


def _found(load: "Load", rejects: list[dict[str, Any]]) -> str:
    """The rows of one file that a night would load, and the first row that it would reject."""
    found = f"{load.file}: {load.rows_delivered:,} rows"
    if load.rows_filtered:
        found += f", {load.rows_filtered:,} left out by the mapping"
    if load.rows_quarantined:
        reject = next(one for one in rejects if one["entity"] == load.entity)
        named = {"row": "row_number", "column": "column_name", "value": "value"}
        places = [f"{what} {reject[of]}" for what, of in named.items() if reject[of] is not None]
        found += f", {load.rows_quarantined:,} for quarantine, first {' '.join(places)}:"
        found += f" {reject['reason']}{_like(reject, rejects)}"
    return found


def _like(reject: dict[str, Any], rejects: list[dict[str, Any]]) -> str:
    """The other values of the column that a list of known values lacks, to add them at once."""
    if "is none of" not in reject["reason"]:
        return ""
    same = ("entity", "column_name", "reason")
    alike = [one for one in rejects if all(one[key] == reject[key] for key in same)]
    others = [*dict.fromkeys(one["value"] for one in alike if one["value"] != reject["value"])]
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    return f"; nor are {', '.join(others[:_SHOWN])}{more}" if others else ""


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next(place for place in (path, *path.parents) if place.exists())
