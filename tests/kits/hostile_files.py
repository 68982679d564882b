"""Files that went wrong on their way, made from a seed: each holds a known number of rows."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

NAMES = ["id", "created", "sum", "who", "note"]


@dataclass(frozen=True)
class HostileFile:
    """`rows`: how many the file holds, whatever becomes of them (None: that is not known, since
    the file is damaged). `options`: keys of the mapping."""

    name: str
    content: bytes
    rows: int | None
    options: tuple[str, ...] = ()


Maker = Callable[[random.Random], HostileFile]


def rows_of(rng: random.Random, count: int | None = None) -> list[list[str]]:
    """Rows with what people write into cells: signs of all kinds, empty cells, several lines."""
    texts = ["", "a", "O'Neil", "[/b]", "%s", "{}", "x;y", "x,y", 'say "hi"', "two\nlines", "Дуб"]
    count = rng.randint(3, 30) if count is None else count
    return [
        [
            f"{number}",
            "2026-03-01",
            f"{rng.randint(0, 999)}.5",
            rng.choice(texts),
            rng.choice(texts),
        ]
        for number in range(count)
    ]


def delimited(
    rng: random.Random, rows: list[list[str]], delimiter: str = ",", line_end: str = "\n"
) -> str:
    """The rows as text, with a header; some cells are quoted that need not be."""

    def cell(text: str) -> str:
        if any(sign in text for sign in (delimiter, '"', "\n", "\r")) or rng.random() < 0.2:
            return '"' + text.replace('"', '""') + '"'
        return text

    lines = [NAMES, *rows]
    return "".join(delimiter.join(cell(text) for text in line) + line_end for line in lines)


def _delimiters(rng: random.Random) -> HostileFile:
    delimiter, end = rng.choice(",;\t|"), rng.choice(["\n", "\r\n", "\r"])
    rows = rows_of(rng)
    text = delimited(rng, rows, delimiter, end)
    if rng.random() < 0.5:
        text = f"sep={delimiter}{end}" + text
    return HostileFile("deals.csv", text.encode(), len(rows))


def _mixed_line_ends(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    header, *lines = [delimited(rng, [row]).split("\n", 1)[1][:-1] for row in [[], *rows]][1:]
    ends = ["\n", "\r\n", "\r"]
    text = ",".join(NAMES) + "\n" + "".join(line + rng.choice(ends) for line in [header, *lines])
    return HostileFile("deals.csv", text.encode(), len(rows))


def _blank_lines(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    lines = [delimited(rng, [row]).split("\n", 1)[1] for row in rows]
    blank = ["\n", "  \n", ",,,,\n", '"",,"",,\n', ",,\n"]
    text = ",".join(NAMES) + "\n"
    text += "".join(line + rng.choice(["", rng.choice(blank)]) for line in lines)
    return HostileFile("deals.csv", text.encode(), len(rows))


def _short_and_long_rows(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    lines = [
        ",".join(["1", "2026-03-01", "3", "a", "b", "c", "d"][: rng.randint(1, 7)]) + "\n"
        for _ in rows
    ]
    text = ",".join(NAMES) + "\n" + "".join(lines)
    options = rng.choice([(), ('short_rows = "refuse"',)])
    return HostileFile("deals.csv", text.encode(), len(rows), options)


def _cut_off(rng: random.Random) -> HostileFile:
    whole = delimited(rng, rows_of(rng)).encode()
    return HostileFile("deals.csv", whole[: rng.randint(1, len(whole) - 1)], None)


def _quote_left_open(rng: random.Random) -> HostileFile:
    rows = rows_of(rng, 30)
    lines = delimited(random.Random(0), [[*row[:3], "a", "b"] for row in rows]).split("\n")
    place = rng.randint(1, 20)
    lines[place] = lines[place].replace("2026", '"2026', 1)
    if rng.random() < 0.5:
        lines[place + 5] = lines[place + 5].replace("03-01", '03-01"', 1)
    return HostileFile("deals.csv", "\n".join(lines).encode(), None)


def _stray_quotes(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    lines = [
        ",".join([*row[:3], rng.choice(['5" pipe', '"5" pipe"', 'a"', ' "b"', '"b" ']), "n"])
        for row in rows
    ]
    text = "\n".join([",".join(NAMES), *lines, ""])
    return HostileFile("deals.csv", text.encode(), len(rows))


def _encodings(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    written, said = (
        rng.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1251", "koi8-r"])
        for _ in range(2)
    )
    content = delimited(rng, rows).encode(written)
    options = rng.choice([(), (f'encoding = "{said}"',)])
    return HostileFile("deals.csv", content, None, options)


def _preamble(rng: random.Random) -> HostileFile:
    rows, lines = rows_of(rng), rng.randint(1, 5)
    titles = ["Report", '"1 March, 2026"', "", 'a;b;"c', "id,created"]
    text = "".join(rng.choice(titles) + "\n" for _ in range(lines)) + delimited(rng, rows)
    options = rng.choice(['header_row = "find"', f"header_row = {lines + 1}"])
    return HostileFile("deals.csv", text.encode(), len(rows), (options,))


def _headers(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    strange = ["_row", "_ROW", "_unread", "", "id", "ID", "a\0b", "x" * 5000, '"q', "'", "%s"]
    header = [*NAMES[:3], rng.choice(strange), rng.choice(strange)]
    body = delimited(rng, rows).split("\n", 1)[1]
    return HostileFile("deals.csv", (",".join(header) + "\n" + body).encode(), None)


def _headless(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    return HostileFile("deals.csv", delimited(rng, rows).split("\n", 1)[1].encode(), None)


def _packed(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    content = delimited(rng, rows).encode()
    packed = gzip.compress(content)
    match rng.randint(0, 3):
        case 0:
            return HostileFile("deals.csv.gz", packed, len(rows))
        case 1:
            return HostileFile("deals.csv.gz", content, len(rows))
        case 2:
            return HostileFile("deals.csv.gz", packed[: rng.randint(3, len(packed) - 1)], None)
        case _:
            place = rng.randint(2, len(packed) - 1)
            return HostileFile("deals.csv.gz", packed[:place] + b"\xff" + packed[place + 1 :], None)


def _json(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    keys = [*NAMES[:4], rng.choice(["", "ID", "a/b~c", "_row", "*", '"', "$"])]
    objects = [dict(zip(keys, row, strict=True)) for row in rows]
    match rng.randint(0, 4):
        case 0:
            text = json.dumps(objects, indent=rng.choice([None, 1]))
        case 1:
            text = "\n".join(json.dumps(one) for one in objects)
        case 2:
            text = "\n".join(json.dumps(one, indent=1) for one in objects)
        case 3:
            lines = [json.dumps(one) for one in objects]
            lines[rng.randrange(len(lines))] = rng.choice(["nope", "[1]", "{", '{"id": }', "null"])
            return HostileFile("deals.jsonl", "\n".join(lines).encode(), len(rows))
        case _:
            text = json.dumps(objects)
            return HostileFile("deals.json", text[: rng.randint(1, len(text))].encode(), None)
    return HostileFile("deals.json", text.encode(), len(rows))


def _parquet(rng: random.Random) -> HostileFile:
    rows = rows_of(rng, 500)
    names = [*NAMES[:4], rng.choice(["_row", "file_row_number", "ID", "", "note"])]
    table = pa.table([pa.array(cells) for cells in zip(*rows, strict=True)], names)
    target = io.BytesIO()
    pq.write_table(table, target, compression=rng.choice(["snappy", "gzip", "none"]))
    content = bytearray(target.getvalue())
    damaged = rng.random() < 0.7
    if damaged:
        for _ in range(rng.randint(1, 20)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    return HostileFile("deals.parquet", bytes(content), None if damaged else len(rows))


def _xlsx(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    for row in rows:
        book.active.append([int(row[0]), row[1], float(row[2]), row[3] or None, None])
    if rng.random() < 0.3:
        book.create_chartsheet("chart")
    target = io.BytesIO()
    book.save(target)
    edits = [
        (b'<dimension ref="A1', b'<dimension ref="A1:B2" x="'),
        (b"<sheetData>", b"<sheetData><row>"),
        (b'<row r="3"', b'<row r="2"'),
        (b'<row r="3"', b'<row r="99999999999"'),
        (b'<row r="3"', b'<row r="x"'),
        (b'r="A3"', b'r="ZZZZZ3"'),
        (b'<c r="A3" t="n"><v>', b'<c r="A3"><f>1+1</f><v></v></c><c r="A3" t="n"><v>'),
        (b"<worksheet ", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet '),
        (b"<worksheet ", b'<worksheet y="'),
        (b"</sheetData>", b""),
        (b"<v>", b"<v>&b;"),
    ]
    before, after = rng.choice([(b"", b""), *edits])
    options = rng.choice([(), (), ('sheet = "chart"',), ('sheet = "Sheet"',)])
    content = _edited(target.getvalue(), before, after) if before else target.getvalue()
    return HostileFile("deals.xlsx", content, None if before or options else len(rows), options)


def _edited(book: bytes, before: bytes, after: bytes) -> bytes:
    """The workbook with something else in the XML of its sheet."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part.replace(before, after, 1) if "sheet1" in name else part)
    return target.getvalue()


def _noise(rng: random.Random) -> HostileFile:
    suffix = rng.choice(["csv", "tsv", "json", "jsonl", "parquet", "xlsx", "csv.gz", "txt"])
    start = rng.choice([b"", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"id,created,sum\n", b"[{"])
    return HostileFile(f"deals.{suffix}", start + rng.randbytes(rng.randint(1, 3000)), None)


def _names(rng: random.Random) -> HostileFile:
    rows = rows_of(rng)
    name = rng.choice(["deals [1]", "deals*", "deals?", "deals'", "deals%s", "deals {a,b}", "дела"])
    content = delimited(rng, rows).encode()
    return HostileFile(f"{name}.csv", content, len(rows), ())


MAKERS: tuple[Maker, ...] = (
    _delimiters,
    _mixed_line_ends,
    _blank_lines,
    _short_and_long_rows,
    _cut_off,
    _quote_left_open,
    _stray_quotes,
    _encodings,
    _preamble,
    _headers,
    _headless,
    _packed,
    _json,
    _parquet,
    _xlsx,
    _noise,
    _names,
)


def hostile_file(seed: int) -> HostileFile:
    """The file of a seed: seeds in a row go round all kinds."""
    return MAKERS[seed % len(MAKERS)](random.Random(seed))


def count_landed(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("select count(*) from delivered.deals").fetchone()[0]
