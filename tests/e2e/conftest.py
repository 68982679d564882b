from pathlib import Path

import pytest
from company import Company, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    """A tiny company whose first night has not come yet."""
    return make_shop(tmp_path)
