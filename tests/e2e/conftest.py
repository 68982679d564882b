import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from kits.shop import Company, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    """A tiny company whose first night has not come yet."""
    return make_shop(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def nights_share_a_parse(parsed_once: None) -> None:
    """Nights within this process do not parse the models again."""


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
