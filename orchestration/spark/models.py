"""Builds the models on Spark between two steps of DuckDB, with the same results as `Dbt.build`."""

from collections.abc import Callable, Mapping
from typing import Any

from dbt.artifacts.schemas.results import RunStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.contracts.graph.nodes import ModelNode

from orchestration.core.home import Home
from orchestration.core.warehouse import open_warehouse
from orchestration.settings import Settings
from orchestration.spark import exchange
from orchestration.spark.jobs import install
from orchestration.spark.session import open_session
from orchestration.transform import Dbt


class SparkModels:
    """The models of one home on Spark. `dbt`: the same project with DuckDB."""

    def __init__(self, dbt: Dbt, home: Home, settings: Settings) -> None:
        self._dbt = dbt
        self._home = home
        self._settings = settings
        named = settings.models.exchange
        self._folder = settings.folder / named if named else home.state / "exchange"
        self._on_spark = Dbt(home, settings.limits, settings.sources, target="spark")

    def build(
        self,
        variables: Mapping[str, Any],
        *selection: str,
        on_node: Callable[[str], None] = lambda name: None,
    ) -> list[RunResult]:
        """Build and test what `selection` (dbt arguments) chooses: the seeds with DuckDB, all else
        with Spark, and put what Spark has made into the warehouse."""
        seeds = self._dbt.build(
            variables, *selection, "--resource-type", "seed", incremental=False, on_node=on_node
        )
        exchange.empty(self._folder)
        with open_warehouse(self._home, self._settings.limits) as warehouse:
            given = exchange.give(warehouse, self._folder)
        install()
        made_in = str(exchange.made(self._folder))
        with open_session(made_in, self._settings.models.spark) as session:
            exchange.register(session, self._folder, given)
            results = self._on_spark.build(
                variables,
                *(*selection, "--exclude-resource-type", "seed"),
                incremental=False,
                on_node=on_node,
            )
        made = [
            result.node
            for result in results
            if result.status == RunStatus.Success and isinstance(result.node, ModelNode)
        ]
        with open_warehouse(self._home, self._settings.limits) as warehouse:
            exchange.take(warehouse, self._folder, made)
        return [*seeds, *results]
