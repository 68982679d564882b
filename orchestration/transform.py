"""dbt, run in this process: one parse, then as many invocations of it as the night needs.

A dbt subprocess costs seconds of imports each time; the kept manifest also saves the parse.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.results import NodeStatus, RunStatus
from dbt.artifacts.schemas.run import RunExecutionResult, RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode, SeedNode

from orchestration.core.errors import AuditRefusedError
from orchestration.core.home import Home
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DBT_PROJECT
from orchestration.core.warehouse import open_warehouse
from orchestration.dbt_log import dbt_log
from orchestration.dbt_sources import definitions, given, wiring
from orchestration.recipe import (
    incremental_models,
    made_by,
    recipe_of,
    record_recipe,
    record_variables,
)
from orchestration.settings import Settings
from orchestration.sources.base import SourceConfig

# The generic test of the rows' key, which a hook of each model runs, too.
GRAIN_TEST = "unique_grain"

_FAILED: set[str] = {NodeStatus.Error, NodeStatus.Fail, NodeStatus.RuntimeErr}


def dbt_vars(settings: Settings, as_of: date) -> dict[str, Any]:
    """The variables of the models, by the names that dbt_project.yml declares."""
    business = settings.business
    return {
        "as_of": as_of.isoformat(),
        "time_zone": business.time_zone,
        "base_currency": business.base_currency,
        "country": business.country,
        "opens_minute": _minute_of_day(business.working_hours.opens),
        "closes_minute": _minute_of_day(business.working_hours.closes),
        "vat_percent": " ".join(
            f"{since}={percent}" for since, percent in sorted(business.vat_percent.items())
        ),
        "spend_basis": business.spend_basis,
        "attribution_model": business.attribution.default_model,
        "channel_rules": [rule.model_dump(exclude_none=True) for rule in business.channel_rules],
        "window_from": business.attribution.window_from,
        "window_days_b2c": business.attribution.window_days.b2c,
        "window_days_b2b": business.attribution.window_days.b2b,
        "decay_half_life_days_b2c": business.attribution.decay_half_life_days.b2c,
        "decay_half_life_days_b2b": business.attribution.decay_half_life_days.b2b,
        "maturity_days_b2c": business.maturity_days.b2c,
        "maturity_days_b2b": business.maturity_days.b2b,
        **settings.thresholds.model_dump(),
        **given(settings.sources),
    }


def _minute_of_day(clock: str) -> int:
    """The minutes from midnight to a time written as HH:MM."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


class Dbt:
    """The dbt project over one home and its sources. `project` is the folder of dbt_project.yml.
    Without `sources`, the sources are those of the demo company. `target`: the one of profiles.yml
    that computes the models, `duckdb` or `spark`."""

    def __init__(
        self,
        home: Home,
        limits: DuckDbLimits,
        sources: Mapping[str, SourceConfig] | None = None,
        project: Path = DBT_PROJECT,
        target: str = "duckdb",
    ) -> None:
        self._home = home
        self._limits = limits
        self._sources = sources
        self._project = project
        self._target = target
        self._wiring = wiring(sources) if sources else {}

    @cached_property
    def manifest(self) -> Manifest:
        """The parsed project. The only variables at parse time are the sources; the others are
        passed when something is built. So the parse kept on disk is valid until the sources in the
        config change."""
        if self._sources:
            self._raw_sources.mkdir(parents=True, exist_ok=True)
            content = yaml.safe_dump(definitions(self._sources), sort_keys=False)
            (self._raw_sources / "_sources.yml").write_text(content)
        parsed = self._parse()
        # The kept parse holds absolute paths of seed files, and dbt does not notice when the
        # project has moved (a new environment, another checkout).
        if any(Path(seed.root_path or "") != self._project for seed in _seeds(parsed)):
            parsed = self._parse("--no-partial-parse")
        return parsed

    def _parse(self, *arguments: str) -> Manifest:
        arguments += ("--no-write-json", "--vars", yaml.safe_dump(self._wiring))
        parsed = self._invoke("parse", *arguments).result
        assert isinstance(parsed, Manifest)
        return parsed

    @cached_property
    def manifest_content(self) -> Mapping[str, Any]:
        """The manifest as plain dicts and lists, as in manifest.json."""
        return self.manifest.writable_manifest().to_dict(omit_none=False)

    def build(
        self,
        variables: Mapping[str, Any],
        *selection: str,
        full_refresh: bool = False,
        incremental: bool = True,
        on_node: Callable[[str], None] = lambda name: None,
    ) -> list[RunResult]:
        """Build and test what `selection` (dbt arguments) chooses; returns each node's result.

        Incremental models are rebuilt in full with `full_refresh`, or if other code or settings
        made their rows, or if their rows have changed since. Without `incremental` the caller knows
        that none of them is selected, which saves reading them. `on_node` is called with the name
        of every node when it starts. The warehouse is closed afterwards. A failing model or test
        raises nothing: `audit_error` makes its error.
        """

        def listen(event: Any) -> None:
            if event.info.name == "NodeStart":
                on_node(event.data.node_info.node_name)

        # Unit tests hold worked examples of formulas: they are for `make test`, not for the night.
        variables = {**variables, **self._wiring}
        arguments = ["--vars", yaml.safe_dump(variables), "--exclude-resource-type", "unit_test"]
        # The manifest and the results are in memory, so dbt need not write them to files.
        arguments += ["--no-write-json", "--use-fast-test-edges"]
        recipe = recipe_of(self.manifest, variables)
        stored = incremental_models(self.manifest) if incremental else {}
        with open_warehouse(self._home, self._limits) as warehouse:
            record_variables(warehouse, variables)
            if full_refresh or made_by(warehouse, recipe, stored) != stored.keys():
                arguments.append("--full-refresh")
        outcome = self._invoke(
            "build", *arguments, *selection, manifest=self.manifest, listener=listen
        )
        assert isinstance(outcome.result, RunExecutionResult)
        results = cast(list[RunResult], list(outcome.result.results))
        built = {one.node.unique_id for one in results if one.status == RunStatus.Success}
        with open_warehouse(self._home, self._limits) as warehouse:
            made = {model: table for model, table in stored.items() if model in built}
            record_recipe(warehouse, recipe, made)
        return results

    def compiled(self, variables: Mapping[str, Any], *selection: str) -> list[ModelNode]:
        """The models that `selection` (dbt arguments) chooses, with the SQL of a full refresh."""
        arguments = ["--vars", yaml.safe_dump({**variables, **self._wiring}), "--full-refresh"]
        arguments += ["--no-introspect", "--no-write-json", *selection]
        outcome = self._invoke("compile", *arguments, manifest=self.manifest)
        assert isinstance(outcome.result, RunExecutionResult)
        nodes = (result.node for result in outcome.result.results)
        return [node for node in nodes if isinstance(node, ModelNode)]

    @property
    def _raw_sources(self) -> Path:
        return self._home.state / "dbt" / "sources"

    def _invoke(
        self,
        command: str,
        *arguments: str,
        manifest: Manifest | None = None,
        listener: Callable[[Any], None] = lambda event: None,
    ) -> dbtRunnerResult:
        state = self._home.state / "dbt"
        folders = {
            "--project-dir": self._project,
            "--profiles-dir": self._project,
            # A parsed project holds what is of one database.
            "--target-path": state / ("target" if self._target == "duckdb" else self._target),
            "--log-path": state / "logs",
            "--target": self._target,
        }
        where = [part for option, path in folders.items() for part in (option, str(path))]
        quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
        private = ["--no-send-anonymous-usage-stats"]
        with self._environment(), dbt_log(state / "logs") as log:
            runner = dbtRunner(manifest=manifest, callbacks=[listener, log])
            try:
                outcome = runner.invoke([*quiet, *private, command, *where, *arguments])
            finally:
                _close_warehouse()
        if outcome.exception is not None:
            raise outcome.exception
        return outcome

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Sets the environment variables that profiles.yml reads, during one invocation."""
        variables = {
            "VORONKA_WAREHOUSE": str(self._home.warehouse),
            "VORONKA_MEMORY_LIMIT": self._limits.memory,
            "VORONKA_SPILL": str(self._home.state / "spill"),
            "VORONKA_DUCKDB_THREADS": str(self._limits.threads_beside_dbt()),
        }
        if self._sources:
            variables["VORONKA_RAW_SOURCES"] = str(self._raw_sources)
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def grain_tests(manifest: Manifest) -> dict[str, str]:
    """By dbt id of each test of a grain: the id of the model or seed that it is of."""
    return {
        key: node.attached_node
        for key, node in manifest.nodes.items()
        if isinstance(node, GenericTestNode)
        and node.test_metadata.name == GRAIN_TEST
        and node.attached_node
    }


def audit_error(results: list[RunResult]) -> AuditRefusedError | None:
    """The error that names every model that could not be built and every test that failed."""
    failed = [result for result in results if result.status in _FAILED]
    return AuditRefusedError("; ".join(map(_sentence, failed))) if failed else None


def _sentence(result: RunResult) -> str:
    kind = result.node.resource_type.value
    if result.failures:
        rows = "1 row breaks" if result.failures == 1 else f"{result.failures:,} rows break"
        return f"dbt test {result.node.name} failed: {rows} it"
    # dbt's failure text has several indented lines; the first only repeats the name.
    lines = [line.strip() for line in (result.message or "no message").splitlines()]
    reason = " ".join(line for line in lines[1:] or lines if line)
    # A value that could not be converted may be personal data: only the log in the home has it.
    if "Conversion Error" in reason:
        reason = re.sub(r"'[^']*'", "'...'", reason)
    return f"dbt {kind} {result.node.name} cannot be built: {reason}"


def _seeds(manifest: Manifest) -> Iterator[SeedNode]:
    return (node for node in manifest.nodes.values() if isinstance(node, SeedNode))


def _close_warehouse() -> None:
    """Free the file: dbt-duckdb keeps its connection for the next invocation otherwise."""
    try:
        environment = DuckDBConnectionManager.env()
    except Exception:  # If dbt has opened no connection, dbt-duckdb raises nothing more specific.
        return
    environment.close()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
