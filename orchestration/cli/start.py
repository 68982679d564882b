"""The command that proposes a first config."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.options import console
from orchestration.core.errors import ConfigError

if TYPE_CHECKING:
    from orchestration.proposal.config import Company, Proposal
    from orchestration.proposal.propose import Tables

_QUESTIONS = {
    "name": "Name of the company",
    "time_zone": "Time zone of its days",
    "base_currency": "Currency of its amounts",
    "country": "Country of its public holidays",
}


def init(
    exports: Annotated[
        Path | None,
        typer.Option("--from", help="The folder of exports; without it, questions are asked."),
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", envvar="VORONKA_CONFIG", help="The config to write.")
    ] = Path("voronka.toml"),
    name: Annotated[str | None, typer.Option("--name", help="The company.")] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="Of its days, as Europe/Moscow.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="Of its amounts, as RUB.")
    ] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="Of its public holidays, as RU.")
    ] = None,
) -> None:
    """Propose a config for a folder of exports: what each file and column may be, and why."""
    from orchestration.proposal.config import config_text
    from orchestration.proposal.propose import propose, read_folder

    if config.exists():
        raise ConfigError(f"{config} is there already: it is not overwritten, name another one")
    given = {
        "name": name,
        "time_zone": time_zone,
        "base_currency": currency,
        "country": country,
    }
    is_asked = exports is None
    folder = exports or Path(_answer("Folder of the exports", "."))
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder, expected that of the exports")
    tables = read_folder(folder)
    company = _company(folder, tables, given, is_asked)
    shown = Path(os.path.relpath(folder.resolve(), config.resolve().parent)).as_posix()
    proposal = propose(tables, shown, company)
    try:
        # Neither a config nor a link that appeared meanwhile is overwritten.
        with config.open("x", encoding="utf-8") as file:
            file.write(config_text(proposal))
    except OSError as error:
        raise ConfigError(f"{config} cannot be written: {error.strerror}") from None
    _print(proposal, config)


def _company(
    folder: Path, tables: "Tables", given: dict[str, str | None], is_asked: bool
) -> "Company":
    """The keys of [business]: those given, else those answered, else assumed."""
    from pydantic import ValidationError

    from orchestration.config_mistakes import mistakes
    from orchestration.proposal.config import Company
    from orchestration.proposal.propose import is_russian
    from orchestration.settings import Business

    russian = is_russian(tables)
    because = "a header is in Russian" if russian else "no header is in Russian"
    assumed = {
        "name": (folder.resolve().name or "Company", "the name of the folder"),
        "time_zone": ("Europe/Moscow" if russian else "UTC", because),
        "base_currency": ("RUB" if russian else "USD", because),
        "country": ("RU" if russian else "US", because),
    }
    keys: dict[str, str] = {}
    why: dict[str, str] = {}
    for key, (value, reason) in assumed.items():
        if answer := given[key]:
            keys[key] = answer
        elif is_asked:
            keys[key] = _answer(_QUESTIONS[key], value)
        else:
            keys[key], why[key] = value, f"assumed: {reason}"
    try:
        Business.model_validate(keys)
    except ValidationError as error:
        raise ConfigError(mistakes(error, keys, Business)) from None
    return Company(**keys, why=why)


def _answer(question: str, default: str) -> str:
    try:
        answer: str = typer.prompt(question, default=default)
    except typer.Abort:
        raise ConfigError(f"no answer to `{question}`: --from FOLDER asks nothing") from None
    return answer


def _print(proposal: "Proposal", config: Path) -> None:
    for block in proposal.blocks:
        needed = [doubt.column for doubt in block.doubts if doubt.is_needed]
        mark, colour = ("·", "yellow") if needed else ("✓", "green")
        read = f"{block.used} of its {block.width} columns"
        state = f"to fill in: {', '.join(needed)}" if needed else read
        if block.is_offered:
            mark, colour, state = "+", "yellow", "offered as a comment"
        _say(f"{mark} {block.path}: {block.entity}, {state}", colour)
    for name, why in proposal.left_out.items():
        _say(f"- {name}: {why}")
    if not proposal.blocks and not proposal.left_out:
        _say(f"- no export is in {proposal.folder}: name the sources in {config}", "yellow")
    _say(f"{config} is written. Read it, then: voronka doctor --config {config}")


def _say(sentence: str, style: str | None = None) -> None:
    console.print(sentence, style=style, markup=False, soft_wrap=True)
