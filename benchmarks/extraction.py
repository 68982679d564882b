"""Rows a second of one core, from a vendor's pages to a file: `make bench-extraction`.

The same pages of cards, as the emulator of amoCRM gives them, by three ways: our connector into the
warehouse, dlt's own way of dictionaries into DuckDB, and the least there could be, a loop that
writes Parquet. Each run is a process of its own; the pages come from another one, which is not
counted, and which knows no limit.
"""

import json
import os
import re
import resource
import subprocess
import sys
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer

_TESTS = Path(__file__).resolve().parent.parent / "tests"
_MEBIBYTE = 2**20
# What ru_maxrss is counted in.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_PAGE_ROWS = 250
_FIRST_SECOND = 1_700_000_000
_TOKEN_VARIABLE = "VORONKA_BENCH_TOKEN"
_CARDS = "/api/v4/leads"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def compare(
    rows: Annotated[int, typer.Option(help="Cards that all three ways read.")] = 20_000,
    sizes: Annotated[str, typer.Option(help="Cards that all but dlt's way read.")] = (
        "1000,10000,100000,1000000"
    ),
) -> None:
    """Print processor seconds and memory: of all three ways, then of two of them by size."""
    with TemporaryDirectory() as scratch:
        runs = [(way, rows) for way in ("ours", "dlt", "bare")]
        runs += [(way, int(size)) for size in sizes.split(",") for way in ("ours", "bare")]
        typer.echo(f"{'way':<6}{'rows':>12}{'CPU s':>9}{'rows/s':>10}{'peak MiB':>10}")
        for number, (way, cards) in enumerate(runs):
            seconds, memory = _measured(way, cards, Path(scratch) / f"{number}")
            line = f"{way:<6}{cards:>12,}{seconds:>9.1f}{cards / seconds:>10,.0f}"
            typer.echo(f"{line}{memory / _MEBIBYTE:>10,.0f}")


def _measured(way: str, rows: int, folder: Path) -> tuple[float, int]:
    """Processor seconds and peak memory of one run, which is asserted to have read all rows."""
    command = [sys.executable, __file__]
    folder.mkdir()
    with subprocess.Popen(
        [*command, "serve", f"{rows}"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None, "its output is a pipe"
            address = server.stdout.readline().strip()
            run = subprocess.run(
                [*command, "run", way, address, folder], check=True, capture_output=True, text=True
            )
        finally:
            server.kill()
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["rows"] == rows, f"{way} read {told['rows']:,} rows of {rows:,}"
    return told["seconds"], told["memory"]


@app.command()
def serve(rows: int) -> None:
    """Serve so many cards and print the address."""
    assert rows % _PAGE_ROWS == 0, f"whole pages of {_PAGE_ROWS}"
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(rows // _PAGE_ROWS)) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        server.daemon_threads = True
        print(address, flush=True)  # noqa: T201
        server.serve_forever()


def _handler(pages: int) -> type[BaseHTTPRequestHandler]:
    fixed, template, link = _bodies()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = parse_qs(url.query)
            body = fixed.get(url.path, b"")
            if url.path == _CARDS and "only_deleted" not in asked.get("with", [""])[0]:
                # A page begins where the one before ended.
                since = int(asked["filter[updated_at][from]"][0]) - _FIRST_SECOND
                page = since // 100 + 1 if since >= 0 else 0
                following = link if page + 1 < pages else b"{}"
                body = template.replace(b'"#LINKS#"', following)
                body = body.replace(b"#PAGE#", b"%06d" % page)
                body = body.replace(b"#HOST#", self.headers["Host"].encode())
            self.send_response(200 if body else 204)
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: Any) -> None:
            pass

    return Handler


def _bodies() -> tuple[dict[str, bytes], bytes, bytes]:
    """The dictionaries, a page of cards with a place for its number, and its link to the next."""
    sys.path.insert(0, str(_TESTS))
    import httpx

    from orchestration.emulators.amocrm import TOKEN, Amocrm
    from orchestration.emulators.company import Company
    from orchestration.emulators.server import serve as serving

    headers = {"authorization": f"Bearer {TOKEN}"}
    paths = ("/api/v4/account", "/api/v4/users", "/api/v4/leads/pipelines")
    with (
        serving(Amocrm(Company(0.05), per_second=1_000).app) as address,
        httpx.Client(base_url=address, headers=headers, timeout=60) as client,
    ):
        fixed = {path: client.get(path, params={"limit": _PAGE_ROWS}).content for path in paths}
        asked = {"limit": _PAGE_ROWS, "with": "contacts,loss_reason"}
        page = client.get(_CARDS, params=asked).json()
    cards = page["_embedded"]["leads"]
    assert len(cards) == _PAGE_ROWS, "the company is too small for a page"
    for place, card in enumerate(cards):
        card["id"] = f"<1#PAGE#{place:03d}>"
        card["updated_at"] = f"<17#PAGE#{place * 100 // _PAGE_ROWS:02d}>"
    page["_links"] = "#LINKS#"
    # Numbers, once the page has its own.
    template = re.sub(r'"<([^>]*)>"', r"\1", json.dumps(page))
    href = f"http://#HOST#{_CARDS}?limit={_PAGE_ROWS}&filter[updated_at][from]=17#PAGE#99"
    return fixed, template.encode(), json.dumps({"next": {"href": href}}).encode()


@app.command()
def run(way: str, address: str, folder: Path) -> None:
    """Read all cards one way, and print how many there were and what it took."""
    rows = {"ours": _ours, "dlt": _dlt, "bare": _bare}[way](address, folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "rows": rows,
        "seconds": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * _RSS_UNIT,
    }
    print(json.dumps(told))  # noqa: T201


def _ours(address: str, folder: Path) -> int:
    from orchestration.core.home import Home
    from orchestration.core.limits import DuckDbLimits
    from orchestration.sources.crm.amocrm.config import AmocrmSource
    from orchestration.sources.landing import land

    os.environ[_TOKEN_VARIABLE] = "a-token-for-the-benchmark"
    source = AmocrmSource(
        type="amocrm",
        base_url=address,
        token_env=_TOKEN_VARIABLE,
        history_from=date(2020, 1, 1),
        requests_per_second=100_000,
    )
    home = Home(folder)
    home.prepare()
    loads = land("crm", source, home, DuckDbLimits(), folder, date(2026, 6, 30))
    return next(load.rows_loaded for load in loads if load.entity == "amocrm.leads")


def _dlt(address: str, folder: Path) -> int:
    os.environ.update(DLT_DATA_DIR=str(folder), RUNTIME__DLTHUB_TELEMETRY="false")
    import dlt
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator

    client = RESTClient(
        address,
        paginator=JSONLinkPaginator(next_url_path="_links.next.href"),
        data_selector="_embedded.leads",
    )
    first = {"limit": _PAGE_ROWS, "filter[updated_at][from]": 0}
    destination = dlt.destinations.duckdb(str(folder / "cards.duckdb"))
    pipeline = dlt.pipeline("bench", pipelines_dir=str(folder), destination=destination)
    pipeline.run(dlt.resource(client.paginate(_CARDS, params=first), name="leads"))
    return pipeline.last_trace.last_normalize_info.row_counts["leads"]


def _bare(address: str, folder: Path) -> int:
    import httpx
    import orjson
    import pyarrow as pa
    import pyarrow.parquet as pq

    times = ("created_at", "updated_at", "closed_at")
    numbers = ("id", "pipeline_id", "status_id", "price", "responsible_user_id", *times)
    texts = ("loss_reason", "contacts", "company_id", "custom_fields_values")
    schema = pa.schema(
        [
            *((name, pa.int64()) for name in numbers),
            *((name, pa.string()) for name in texts),
            ("price_with_minor_units", pa.float64()),
            ("is_deleted", pa.bool_()),
        ]
    )
    rows = 0
    with httpx.Client() as client, pq.ParquetWriter(folder / "cards.parquet", schema) as file:
        link = f"{address}{_CARDS}?limit={_PAGE_ROWS}&filter[updated_at][from]=0"
        while link:
            page = orjson.loads(client.get(link).content)
            cards = [
                {
                    **card,
                    "loss_reason": next((r["name"] for r in inner["loss_reason"]), None),
                    "contacts": orjson.dumps(inner["contacts"]).decode(),
                    "company_id": next((str(c["id"]) for c in inner["companies"]), None),
                    "custom_fields_values": orjson.dumps(card["custom_fields_values"]).decode(),
                }
                for card in page["_embedded"]["leads"]
                for inner in [card["_embedded"]]
            ]
            file.write_table(pa.Table.from_pylist(cards, schema))
            rows += len(cards)
            link = page["_links"].get("next", {}).get("href")
    return rows


if __name__ == "__main__":
    app()
