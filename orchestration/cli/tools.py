"""The commands for people who set Voronka up or work on it."""

import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from orchestration.cli.options import (
    DEFAULT_HOME,
    ConfigOption,
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
)
from orchestration.core.errors import ConfigError
from orchestration.core.project import DEMO_CONFIG

# Set by the shell when it asks what a word may go on with.
COMPLETION_VARIABLE = "_VORONKA_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


def ui(
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = DEFAULT_HOME,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port on 127.0.0.1.")] = 3000,
) -> None:
    """Open the Dagster UI on loopback: lineage, checks and the last runs."""
    from orchestration.settings import load_settings
    from orchestration.ui import serve

    home_of(home).refuse_other(load_settings(config).business.name)
    serve(config.resolve(), home_of(home), port)


def dbt(
    arguments: Annotated[
        list[str], typer.Argument(help="What dbt is to do, as: build --select mart_plan_forecast")
    ],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Run dbt on a home's warehouse with the variables of its last night; publishes nothing."""
    from orchestration.dbt_command import run_dbt

    raise typer.Exit(run_dbt(home_of(home), arguments))


def demo_vendors(
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the config and the files are written.")
    ] = Path("demo-vendors"),
    crm: Annotated[str, typer.Option("--crm", help="The CRM to emulate.")] = "amocrm",
    calls: Annotated[str, typer.Option("--calls", help="The telephony.")] = "uis",
    ads: Annotated[str, typer.Option("--ads", help="The ad cabinet.")] = "yandex_direct",
    scale: Annotated[float, typer.Option(help="Size of the company; 1: 20,000 leads.")] = 0.05,
    port: Annotated[
        int, typer.Option(min=1, max=65533, help="The first of three ports on 127.0.0.1.")
    ] = 8101,
    earlier: Annotated[
        bool, typer.Option("--earlier", help="The company as it stood 20 days earlier.")
    ] = False,
    faults: Annotated[
        int | None, typer.Option("--faults", help="Let one answer in ten go wrong, by this seed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the demo company as real vendors would, to try the connectors without an account."""
    from orchestration.demo_vendors import demo_vendors as served

    with served(folder, crm, calls, ads, scale, port, earlier, faults) as vendors:
        config, secrets = folder / "voronka.toml", folder / "secrets.env"
        if as_json:
            print_json(
                {"vendors": [vars(one) for one in vendors], "config": config, "secrets": secrets}
            )
        else:
            table = Table("source", "vendor", "address")
            for one in vendors:
                table.add_row(one.name, one.type, one.url)
            console.print(table)
            console.print(
                "In another terminal:\n"
                f"  set -a; . {secrets}; set +a\n"
                f"  voronka nightly --config {config} --home {folder}/var\n"
                "Ctrl-C ends the vendors.",
                markup=False,
            )
        # Serve until SIGINT or SIGTERM, also when started in the background.
        for end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(end, signal.default_int_handler)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


def completion(
    shell: Annotated[str, typer.Argument(help="The shell: bash, zsh or fish.")],
) -> None:
    """Print the script that lets the shell complete commands and options."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    if shell not in _SHELLS:
        raise ConfigError(f"completion {shell} is not known, expected one of {', '.join(_SHELLS)}")
    print(  # noqa: T201
        get_completion_script(prog_name="voronka", complete_var=COMPLETION_VARIABLE, shell=shell)
    )


def prepare_completion() -> None:
    """Teach the command line to answer the scripts of `completion`."""
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
