"""The demo company served by emulated vendors, to run the real connectors without an account."""

import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from orchestration.core.errors import ConfigError
from orchestration.settings import DEMO_CONFIG


@dataclass(frozen=True)
class Emulated:
    """One source that is served: its name in the config, the vendor's type, its address."""

    name: str
    type: str
    url: str


@contextmanager
def demo_vendors(
    folder: Path,
    crm: str,
    calls: str,
    ads: str,
    scale: float,
    port: int,
    earlier: bool,
    faults: int | None = None,
) -> Iterator[list[Emulated]]:
    """Within the block the three vendors are served on loopback, at `port` and the next two.

    `folder` gets `voronka.toml` with them as sources, `secrets.env` with the environment variables
    it names, and `files/` with what no vendor of them delivers. `earlier`: the company as it stood
    some nights before its last day. `faults`: the seed of what goes wrong with one answer in ten of
    each vendor. Raises ConfigError for a type that is not emulated, and for a port that is taken.
    """
    from orchestration.emulators.company import Company
    from orchestration.emulators.faults import Faults, Faulty
    from orchestration.emulators.server import serve
    from orchestration.emulators.suite import ADS, CALLS, CRM, suite, write_files

    for kind, known, given in (("crm", CRM, crm), ("calls", CALLS, calls), ("ads", ADS, ads)):
        if given not in known:
            raise ConfigError(
                f"--{kind} {given} is not emulated, expected one of {', '.join(known)}"
            )
    company = Company(scale)
    if earlier:
        company.state = "before"
    place = suite(company, crm, calls, ads)
    config = tomllib.loads(DEMO_CONFIG.read_text())
    config["business"]["as_of"] = company.last_day
    config["sources"] = {}
    served: list[Emulated] = []
    secrets: dict[str, str] = {}
    with ExitStack() as stack:
        for number, (name, service) in enumerate(place.services.items()):
            app = service.app if faults is None else Faulty(service.app, Faults(faults + number))
            try:
                url = stack.enter_context(serve(app, port + number))
            except OSError as error:
                raise ConfigError(
                    f"port {port + number} is not available: {error.strerror}"
                ) from None
            config["sources"][name] = service.source(url)
            secrets |= service.environment(url)
            served.append(Emulated(name, service.config["type"], url))
        folder.mkdir(parents=True, exist_ok=True)
        config["sources"]["files"] = write_files(company, folder / "files", place.beside)
        (folder / "voronka.toml").write_text(tomlkit.dumps(config))
        lines = [f"{variable}={value}\n" for variable, value in secrets.items()]
        (folder / "secrets.env").write_text("".join(lines))
        yield served
