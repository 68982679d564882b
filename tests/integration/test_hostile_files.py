"""No file, however it came to be, ends in a traceback or loses a row without a word."""

import pytest

from kits.files import DEALS, deliver
from kits.hostile_files import MAKERS, hostile_file
from orchestration.core.errors import ConfigError, SourceError

# 12 of each kind.
SEEDS = range(12 * len(MAKERS))
# One of each kind. A query maps no column by which a header could be found.
QUERIED = [
    next(
        seed
        for seed in range(kind, SEEDS.stop, len(MAKERS))
        if 'header_row = "find"' not in hostile_file(seed).options
    )
    for kind in range(len(MAKERS))
]


@pytest.mark.parametrize("seed", QUERIED)
def test_a_query_loses_no_row_either(tmp_path, seed):
    hostile = hostile_file(seed)
    (tmp_path / hostile.name).write_bytes(hostile.content)
    query = "select id as deal_id, created as created_at, sum as amount, _row from file"
    mapping = [f"path = '{hostile.name}'", *hostile.options, f'query = "{query}"']
    toml = "\n".join(['time_zone = "UTC"', "[sources.crm.entities.deals]", *mapping])
    try:
        delivery = deliver(tmp_path, toml)
    except (ConfigError, SourceError) as error:
        assert hostile.rows is None or "short_rows" in toml, f"refused: {error}"
        assert "\n" not in str(error)
        return
    [load] = delivery.loads("crm")
    assert (load.rows_delivered, load.rows_filtered) == (hostile.rows or load.rows_delivered, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_row_is_counted_or_the_file_is_refused_in_one_sentence(tmp_path, seed):
    hostile = hostile_file(seed)
    (tmp_path / hostile.name).write_bytes(hostile.content)
    path = hostile.name.replace("\\", "\\\\")
    toml = DEALS.replace('path = "deals.*"', "\n".join([f'path = "{path}"', *hostile.options]))
    try:
        delivery = deliver(tmp_path, toml)
    except (ConfigError, SourceError) as error:
        assert hostile.rows is None or "short_rows" in toml, f"refused: {error}"
        assert "\n" not in str(error)
        assert hostile.name in str(error)
        return
    [load] = delivery.loads("crm")
    fates = load.rows_loaded + load.rows_quarantined + load.rows_superseded
    assert load.rows_delivered == fates
    if hostile.rows is not None:
        assert load.rows_delivered == hostile.rows
