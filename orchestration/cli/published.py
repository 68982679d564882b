"""The commands about what is published."""

from typing import Annotated

import typer

from orchestration.cli.options import (
    DEFAULT_HOME,
    ConfigOption,
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
)
from orchestration.core.errors import ConfigError, ServerError, first_of
from orchestration.core.project import DEMO_CONFIG


def notify(
    config: ConfigOption = DEMO_CONFIG,
    home: HomeOption = DEFAULT_HOME,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the digest and send nothing.")
    ] = False,
) -> None:
    """Send the digest of what is published, with the report, to those the config names."""
    from orchestration.notify.night import published_digest, tell_digest
    from orchestration.settings import load_settings

    settings, folder = load_settings(config), home_of(home)
    folder.refuse_other(settings.business.name)
    folder.refuse_missing()
    if not dry_run:
        variable = settings.notify.digest_env
        if not variable:
            raise ConfigError(
                f"{config}: notify.digest_env is not set, expected the name of the environment"
                " variable with the addresses; --dry-run only prints the digest"
            )
        reached = tell_digest(settings, folder, variable)
        console.print(f"[green]✓[/] sent to {reached} address{'es' if reached > 1 else ''}")
        return
    message = published_digest(settings, folder)
    console.print(message.title, style="bold", markup=False, soft_wrap=True)
    console.print(message.body, markup=False, soft_wrap=True)


def publish(config: ConfigOption = DEMO_CONFIG, home: HomeOption = DEFAULT_HOME) -> None:
    """Write what is published to the servers of the config."""
    from orchestration.servers.serve import servers_of
    from orchestration.settings import load_settings

    settings, folder = load_settings(config), home_of(home)
    folder.refuse_other(settings.business.name)
    folder.refuse_missing()
    if not (servers := servers_of(settings)):
        raise ConfigError(
            f"{config} names no server, expected a section [publish.postgres]"
            " (docs/how-to/servers.md)"
        )
    failed: list[ServerError] = []
    for server in servers:
        try:
            served = server.put(folder, settings.limits)
        except ServerError as error:
            failed.append(error)
            continue
        console.print("[green]✓[/]", end=" ")
        console.print(
            f"{served.place} has publication {served.publication} as of {served.as_of}:"
            f" {len(served.rows)} tables, {sum(served.rows.values()):,} rows,"
            f" {served.seconds:.1f} s",
            markup=False,
            soft_wrap=True,
        )
    if failed:
        raise first_of(failed)


def publications(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List the publications that are kept, the newest first."""
    from orchestration.publish import publications as kept
    from orchestration.summary import print_publications, publications_document

    folder = home_of(home)
    folder.refuse_missing()
    found = kept(folder)
    if as_json:
        print_json(publications_document(found))
    else:
        print_publications(console, found)


def restore(
    publication: Annotated[str, typer.Argument(help="The id, or the start of it.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Put a kept publication back in place."""
    from orchestration.publish import restore as put_back

    folder = home_of(home)
    folder.refuse_missing()
    folder.prepare()
    with folder.locked():
        back = put_back(folder, publication)
    console.print("[green]✓[/]", end=" ")
    whose = f" of {back.company}" if back.company else ""
    console.print(
        f"{folder.published} is publication {back.id}{whose} as of {back.as_of_date} again",
        markup=False,
        soft_wrap=True,
    )


def report(
    home: HomeOption = DEFAULT_HOME,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print each page as PDF, too.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Print each page as PNG, too.")] = False,
    language: Annotated[str, typer.Option("--language", help="Of the prints: ru or en.")] = "ru",
) -> None:
    """Build the report of what is published: one HTML file that needs no network."""
    from orchestration.report.build import build_report
    from orchestration.report.export import export
    from orchestration.report.words import LANGUAGES

    if language not in LANGUAGES:
        raise ConfigError(f"--language {language} is not one of {', '.join(LANGUAGES)}")

    folder = home_of(home)
    folder.refuse_missing()
    built = build_report(folder)
    size = f"{built.size / 1e6:.1f} MB"
    console.print(f"{built.path}, {size}, {built.seconds:.1f} s", markup=False, soft_wrap=True)
    for kind in [kind for kind, is_wanted in (("pdf", pdf), ("png", png)) if is_wanted]:
        for path in export(built.path, kind, language):
            console.print(str(path), markup=False, soft_wrap=True)
    if open_:
        typer.launch(str(built.path))
