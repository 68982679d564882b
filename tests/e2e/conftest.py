import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest
from filelock import FileLock

from kits.shop import Company, make_shop
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


@pytest.fixture(scope="module")
def open_shop(shared: Path, parsed_once: None) -> Callable[[Path], Company]:
    """A function: the tiny company in a folder that is not there yet, its first night published.
    That night is run once for all workers and copied."""
    first = shared / "shop"
    with FileLock(shared / "shop.lock"):
        if not first.exists():
            aside = shared / "shop.new"
            aside.mkdir()
            ended = make_shop(aside).run()
            assert ended.status == 0, ended.text
            aside.rename(first)

    def open_shop(folder: Path) -> Company:
        return Company(shutil.copytree(first, folder, symlinks=True))

    return open_shop
