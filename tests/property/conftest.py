"""The models as plain SQL, to be run over made-up tables in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from orchestration.recipe import incremental_models

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.fixture(scope="session")
def compile_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """A function: the (schema-qualified name, SQL) of each of the models named, in their order.

    Keyword arguments are variables of the models; with `incremental` the incremental models are
    compiled for a table that is there. The project is parsed once per session.
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
        manifest = invoke(dbtRunner(), "parse")
        runner = dbtRunner(manifest=manifest)
        # An incremental model is compiled as one where its table is there; nobody looks into it.
        with duckdb.connect(folder / "laws.duckdb") as warehouse:
            for node in map(manifest.nodes.get, incremental_models(manifest)):
                warehouse.execute(f"create schema if not exists {node.schema}")
                warehouse.execute(f"create table {node.schema}.{node.name} (nothing integer)")

        def compile_models(
            *selection: str, incremental: bool = False, **variables: str | int
        ) -> list[tuple[str, str]]:
            arguments = ["--no-introspect", "--vars", str(variables), "--select", *selection]
            if not incremental:
                arguments.append("--full-refresh")
            nodes = [result.node for result in invoke(runner, "compile", *arguments).results]
            return [
                (f"{node.schema}.{node.name}", node.compiled_code.replace('"laws".', ""))
                for node in nodes
                if node.resource_type == "model"
            ]

        compile_models.manifest = manifest
        yield compile_models
