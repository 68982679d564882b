"""dbt for many homes in one process: what is the same for all is parsed and compiled once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from types import CodeType
from typing import Any

import pytest
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.tests import enable_test_caching

from orchestration.transform import Dbt


@contextmanager
def compiled_once() -> Iterator[None]:
    """Within the block dbt compiles each Jinja template once: most are the same every night."""
    # What dbt's own tests keep: the macros that each parse finds in dbt and its adapter.
    enable_test_caching()
    compile_ = MacroFuzzEnvironment.compile
    known: dict[tuple[type, str], CodeType] = {}

    def find(environment: MacroFuzzEnvironment, source: Any, *other: Any, **named: Any) -> Any:
        if not isinstance(source, str) or other or named:
            return compile_(environment, source, *other, **named)
        key = (type(environment), source)
        if key not in known:
            known[key] = compile_(environment, source)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MacroFuzzEnvironment, "compile", find)
        yield


@contextmanager
def parsed_once(manifests: dict[str, Any], contents: dict[str, Any]) -> Iterator[None]:
    """Within the block all homes with the same sources share one parse of the models.

    `manifests`, `contents`: the parses that are there, by their wiring as JSON; others are added.
    """
    parse, tell = Dbt.manifest.func, Dbt.manifest_content.func

    def once(known: dict[str, Any], made: Callable[[Dbt], Any], name: str) -> cached_property:
        def find(dbt: Dbt) -> Any:
            key = json.dumps(dbt._wiring)
            if key not in known:
                known[key] = made(dbt)
            return known[key]

        shared = cached_property(find)
        shared.__set_name__(Dbt, name)
        return shared

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dbt, "manifest", once(manifests, parse, "manifest"))
        patch.setattr(Dbt, "manifest_content", once(contents, tell, "manifest_content"))
        yield
