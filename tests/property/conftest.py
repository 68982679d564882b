"""The models as plain SQL, to be run over made-up tables in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.fixture(scope="session")
def compile_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """A function: the (schema-qualified name, SQL) of each of the models named, in their order.

    Keyword arguments are variables of the models. The project is parsed once per session.
    """
    folder = tmp_path_factory.mktemp("compiled")
    where = (
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder)),
    )

    def invoke(runner: dbtRunner, command: str, *arguments: str):
        done = runner.invoke(["--quiet", command, *where, *arguments])
        assert done.success, done.exception
        return done.result

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VORONKA_WAREHOUSE", str(folder / "laws.duckdb"))
        runner = dbtRunner(manifest=invoke(dbtRunner(), "parse"))

        def compile_models(*selection: str, **variables: str | int) -> list[tuple[str, str]]:
            arguments = ("--no-introspect", "--vars", str(variables), "--select", *selection)
            nodes = [result.node for result in invoke(runner, "compile", *arguments).results]
            return [
                (f"{node.schema}.{node.name}", node.compiled_code.replace('"laws".', ""))
                for node in nodes
                if node.resource_type == "model"
            ]

        yield compile_models
