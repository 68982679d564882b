from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from company import Company, make_shop
from dbt.contracts.graph.manifest import Manifest

from orchestration.transform import Dbt


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    """A tiny company whose first night has not come yet."""
    return make_shop(tmp_path)


@pytest.fixture(scope="session")
def manifest_content(parsed: Manifest) -> Mapping[str, Any]:
    return parsed.writable_manifest().to_dict(omit_none=False)


@pytest.fixture(autouse=True, scope="module")
def parsed_once(parsed: Manifest, manifest_content: Mapping[str, Any]) -> Iterator[None]:
    """Homes whose nights run within this process share one parse of the models. A night that is a
    process of its own, as in test_night.py, parses for itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dbt, "manifest", parsed)
        patch.setattr(Dbt, "manifest_content", manifest_content)
        yield
