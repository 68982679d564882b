"""The two gates as blocking asset checks: assets after a gate wait for its result."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    ResourceParam,
    multi_asset_check,
)

from data_quality import (
    CheckResult,
    CheckSpec,
    landing_checks,
    marts_checks,
    refusal,
    run_landing_gate,
    run_marts_gate,
)
from data_quality.warnings import is_not_applicable
from orchestration.core.errors import AuditRefusedError
from orchestration.resources import Night
from orchestration.settings import Settings

_SEVERITIES = {"block": AssetCheckSeverity.ERROR, "warn": AssetCheckSeverity.WARN}


def gates(settings: Settings) -> list[AssetChecksDefinition]:
    """Gate 1 checks whether the input is complete, gate 2 whether the marts are correct."""
    return [
        _gate(
            "gate_1_input",
            landing_checks(settings),
            lambda night: run_landing_gate(night.home, night.settings, night.day),
        ),
        _gate(
            "gate_2_marts",
            marts_checks(),
            lambda night: run_marts_gate(night.home, night.settings, night.day),
        ),
    ]


def _gate(
    name: str, checks: Sequence[CheckSpec], run: Callable[[Night], Sequence[CheckResult]]
) -> AssetChecksDefinition:
    specs = [
        AssetCheckSpec(
            check.name,
            asset=AssetKey(check.asset.split("/")),
            description=check.description,
            blocking=check.blocking,
        )
        for check in checks
    ]

    # A gate always runs in whole, because its results replace those of the day. If a user
    # materializes one table in the UI, only the checks of that table are reported.
    @multi_asset_check(name=name, specs=specs, can_subset=True)
    def gate(
        context: AssetCheckExecutionContext, night: ResourceParam[Night]
    ) -> Iterator[AssetCheckResult]:
        asked = [check for check in checks if _key(check) in context.selected_asset_check_keys]
        with night.op_step(name.replace("_", " ")) as step:
            step.whole = len(asked) == len(checks)
            results = sorted(run(night), key=_of_check)
            if not step.whole:
                names = {(check.asset, check.name) for check in asked}
                results = [result for result in results if _of_check(result) in names]
            found = {key: list(group) for key, group in groupby(results, key=_of_check)}
            for check in asked:
                yield _result(check, found.get((check.asset, check.name), []))
            night.found += results
            step.note = _note(asked, found)
            if sentence := refusal(results):
                raise AuditRefusedError(sentence)

    return gate


def _key(check: CheckSpec) -> AssetCheckKey:
    return AssetCheckKey(AssetKey(check.asset.split("/")), check.name)


def _note(
    checks: Sequence[CheckSpec], found: Mapping[tuple[str, str], Sequence[CheckResult]]
) -> str:
    """The number of checks, and of those that warn or had nothing to check. Checks that refuse the
    night are in the error's sentence."""
    asked = [
        [one for one in found.get((check.asset, check.name), []) if not is_not_applicable(one)]
        for check in checks
    ]
    warning = sum(any(not result.passed for result in results) for results in asked)
    counts = {"warn": warning, "not applicable": sum(not results for results in asked)}
    told = [f"{count:,} {what}" for what, count in counts.items() if count]
    return ", ".join([f"{len(checks):,} checks", *told])


def _of_check(result: CheckResult) -> tuple[str, str]:
    return result.asset, result.check_id


def _result(check: CheckSpec, results: Sequence[CheckResult]) -> AssetCheckResult:
    """One check of one table, over all its sources and days; reports the worst result."""
    asset = AssetKey(check.asset.split("/"))
    if not results:
        why = "Nothing to check: no source delivered rows for it tonight."
        return AssetCheckResult(
            asset_key=asset, check_name=check.name, passed=True, description=why
        )
    failed = [result for result in results if not result.passed]
    worst = min(failed or results, key=lambda result: (result.severity != "block", result.value))
    return AssetCheckResult(
        asset_key=asset,
        check_name=check.name,
        passed=not failed,
        severity=_SEVERITIES[worst.severity],
        description=worst.detail,
        metadata={
            "value": worst.value,
            "threshold": worst.threshold,
            "source": worst.source,
            "date": worst.date.isoformat(),
            "failed": len(failed),
            "checked": len(results),
        },
    )
