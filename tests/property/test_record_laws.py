"""The second count of a file's rows: right for any text that holds rows, wherever it is cut."""

import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestration.sources.files import objects, pieces, records

CELLS = st.text(alphabet='a", \n\r\u0434', max_size=5)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
PIECES = st.sampled_from([5, 17, 1 << 20])


def written(cell: str, is_quoted: bool) -> str:
    if is_quoted or any(sign in cell for sign in '",\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@given(st.data(), TABLES, PIECES)
def test_every_record_that_holds_something_is_counted(data, rows, piece):
    lines = [",".join(written(cell, data.draw(st.booleans())) for cell in row) for row in rows]
    text = "".join(line + data.draw(LINE_ENDS) for line in lines)
    if data.draw(st.booleans()):
        text = text.rstrip("\r\n")
    wanted = sum(any(cell.strip(" ") for cell in row) for row in rows)

    before, pieces._PIECE_BYTES = pieces._PIECE_BYTES, piece
    try:
        count = records.Records(Path("x.csv"), ",", '"', len(rows[0]))
        assert count.read(io.BytesIO(text.encode())).rows == wanted
        # The copy with one kind of line end holds the same records.
        again = records.Records(Path("x.csv"), ",", '"', len(rows[0]))
        copy = b"".join(again.normalised(io.BytesIO(text.encode())))
        recount = records.Records(Path("x.csv"), ",", '"', len(rows[0]))
        assert recount.read(io.BytesIO(copy)).rows == wanted
        assert recount.line_ends <= {"\n"}
    finally:
        pieces._PIECE_BYTES = before


VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"\\[]{},\u0434', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a]", max_size=1), inner),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=4), PIECES, st.sampled_from([None, 1]), st.booleans())
def test_every_value_of_an_array_and_every_object_is_counted(values, piece, indent, is_ascii):
    before, objects._PIECE_BYTES = objects._PIECE_BYTES, piece
    try:
        array = json.dumps(values, indent=indent, ensure_ascii=is_ascii)
        assert objects.count_values(io.BytesIO(array.encode()), in_array=True) == len(values)
        following = "".join(json.dumps({"x": value}, indent=indent) for value in values)
        assert objects.count_values(io.BytesIO(following.encode()), in_array=False) == len(values)
    finally:
        objects._PIECE_BYTES = before
