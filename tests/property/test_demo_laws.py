"""Whatever the seed and the scale, the demo company passes the checks of a delivery untouched."""

import json
import tempfile
from datetime import date
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from kits.profiles import costly
from orchestration.sources.delivery import Delivery
from orchestration.sources.demo.config import MADE, DemoSource
from orchestration.sources.demo.extract import extract


@costly(4)
@given(seed=st.integers(0, 2**31), scale=st.floats(0.01, 0.06))
def test_every_row_is_loaded_or_an_older_version(seed, scale):
    delivery = Delivery(duckdb.connect())
    with tempfile.TemporaryDirectory() as folder:
        truths = Path(folder) / "truths.json"
        source = DemoSource(type="demo", seed=seed, scale=scale)
        extract(delivery, source, date(2026, 6, 30), truths)
        planted = json.loads(truths.read_text())
    delivery.check()
    loads = delivery.loads("demo")
    assert {load.entity for load in loads} == set(MADE)
    assert all(load.rows_loaded > 0 and load.rows_quarantined == 0 for load in loads)
    restated = {load.entity for load in loads if load.rows_superseded}
    assert restated == {"ad_stats", "orders"}
    assert planted["january_client"]["contact_id"]
