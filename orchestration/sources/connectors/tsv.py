"""Tab-separated answers: a line of names, then rows, nothing quoted."""

import pyarrow as pa
from pyarrow import csv

from orchestration.core.errors import SourceError


def read_tsv(body: bytes, origin: str) -> pa.Table:
    """All columns as text. `origin` names the answer in an error."""
    names = body.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace").split("\t")
    try:
        return csv.read_csv(
            pa.py_buffer(body),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        # Arrow's message quotes the row.
        raise SourceError(
            f"{origin}: the answer cannot be read as tab-separated UTF-8 text with"
            f" {len(names)} columns"
        ) from None
