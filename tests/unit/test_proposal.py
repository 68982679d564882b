"""`voronka init`: what a folder of exports is taken for, and what is said of the rest."""

import csv
import io
import os
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kits.shop import voronka_here
from orchestration.core.entities import ENTITIES
from orchestration.proposal import reading, tables
from orchestration.proposal.config import FILL_IN, Company, Proposal, config_text
from orchestration.proposal.propose import propose, read_folder
from orchestration.proposal.samples import ROWS, Sample, samples
from orchestration.settings import load_settings
from orchestration.sources.delivery import Delivery
from orchestration.sources.files.extract import extract

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("VORONKA_REAL_DATA", ROOT.parent / "shared" / "data"))
CASES = DATA.parent / "cases"
HERE = Company("Shop", "Europe/Moscow", "RUB", "RU")

# By file, the header and two rows, as the programs export them.
AMO = """ID;Название сделки;Тег;Ответственный;Этап сделки;Бюджет, ₽;Дата создания;Дата закрытия
1;Окна;Ромашка;Анна;Переговоры;1 234,50;02.03.2026 10:15:00;
2;Двери;Лютик;Борис;Успешно реализовано;900;03.03.2026 11:40:00;29.03.2026 16:00:00
"""
BITRIX = """"ID","Стадия сделки","Дата создания","Дата завершения","Сумма","Валюта","Ответственный"
"7","Сделка провалена","29.03.2026 10:00","30.03.2026 10:00","15.50","RUB","Анна"
"8","Новая","30.03.2026 11:00","","20","RUB","Борис"
"""
DIRECT = """Отчёт за март;;;;;
Дата;№ Кампании;Кампания;Показы;Клики;Расход (руб.)
01.03.2026;77;Бренд;1200;37;1018,40
21.03.2026;77;Бренд;900;12;200,00
"""
MANGO = """Дата и время,Направление,Статус,Номер клиента,Сотрудник,Длительность разговора,ID звонка
29.03.2026 09:00:01,Входящий,Принят,79160000001,Анна,00:01:10,c1
30.03.2026 09:10:00,Исходящий,Пропущен,79160000002,Борис,00:00:00,c2
"""


def proposed(folder: Path) -> tuple[dict, str]:
    """The tables of the proposed config, by entity, and its text."""
    text = config_text(propose(read_folder(folder), ".", HERE))
    return tomllib.loads(text)["sources"]["exports"].get("entities", {}), text


def landed(folder: Path, text: str, entity: str, columns: str) -> list[tuple]:
    """These columns of the rows that a night would load with the config `text`."""
    (folder / "voronka.toml").write_text(text, encoding="utf-8")
    source = load_settings(folder / "voronka.toml").sources["exports"]
    delivery = Delivery(duckdb.connect())
    extract(delivery, source, folder, folder / "spill")
    delivery.check()
    assert delivery.rejects().num_rows == 0
    rows = delivery.accepted(ENTITIES[entity], "exports")
    return sorted(delivery.connection.execute(f"select {columns} from ({rows})").fetchall())


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_an_export_of_amocrm(tmp_path):
    (tmp_path / "amo.csv").write_text(AMO.replace("₽", "руб."), encoding="cp1251")
    entities, text = proposed(tmp_path)
    assert entities == {
        "deals": {
            "path": "amo.csv",
            "encoding": "cp1251",
            "decimal": ",",
            "columns": {
                "amount": "Бюджет, руб.",
                "closed_at": {"column": "Дата закрытия", "format": "%d.%m.%Y %H:%M:%S"},
                "created_at": {"column": "Дата создания", "format": "%d.%m.%Y %H:%M:%S"},
                "deal_id": "ID",
                "owner_id": "Ответственный",
                "status": {
                    "column": "Этап сделки",
                    "values": {"Успешно реализовано": "won"},
                    "otherwise": "open",
                },
            },
        }
    }
    assert "no known word for lost was seen: add it to `values`" in text
    assert "# not used: `Название сделки`, `Тег`" in text


def test_an_export_of_bitrix24_and_the_same_stages_in_a_list(tmp_path):
    stages = "stage,order,semantics\nНовая,1,open\nСделка провалена,2,lost\n"
    deals, _ = proposed(write(tmp_path, deals=BITRIX))
    assert deals["deals"]["columns"]["status"]["values"] == {"Сделка провалена": "lost"}
    assert deals["deals"]["columns"]["currency"] == "Валюта"
    listed, _ = proposed(write(tmp_path, stages=stages))
    assert listed["stages"]["columns"]["pipeline_id"] == {"constant": "default"}
    assert listed["deals"]["columns"]["stage_id"] == "Стадия сделки"
    assert "status" not in listed["deals"]["columns"]


def test_a_report_of_yandex_direct_below_a_title(tmp_path):
    entities, _ = proposed(write(tmp_path, Директ=DIRECT))
    found = entities["ad_stats"]
    assert (found["header_row"], found["decimal"]) == (2, ",")
    assert found["columns"] == {
        "account_id": {"constant": "main"},
        "campaign_id": "№ Кампании",
        "campaign_name": "Кампания",
        "clicks": "Клики",
        "date": {"column": "Дата", "format": "%d.%m.%Y"},
        "impressions": "Показы",
        "platform": {"constant": "yandex_direct"},
        "spend": "Расход (руб.)",
    }


def test_a_list_of_calls_of_mango(tmp_path):
    entities, _ = proposed(write(tmp_path, history=MANGO))
    columns = entities["calls"]["columns"]
    assert columns["direction"]["values"] == {"Входящий": "in", "Исходящий": "out"}
    assert columns["result"]["values"] == {"Принят": "answered", "Пропущен": "missed"}
    assert columns["talk_seconds"] == {"column": "Длительность разговора", "format": "%H:%M:%S"}
    assert columns["client_phone"] == "Номер клиента"


def test_what_is_not_sure_is_a_comment_with_the_candidates(tmp_path):
    deals = "id,created,closed by,amount\n1,03/04/2026,x,1\n2,05/06/2026,y,2\n"
    entities, text = proposed(write(tmp_path, deals=deals))
    assert entities == {}
    assert (
        f'{FILL_IN}columns.created_at = {{ column = "created", format = "%d/%m/%Y" }}    # or'
        ' { column = "created", format = "%m/%d/%Y" }: ' in text
    )
    assert '# unsure: columns.closed_at = "closed by"' in text
    assert '# columns.deal_id = "id"' in text


def test_a_table_that_may_be_two_is_neither(tmp_path):
    entities, text = proposed(write(tmp_path, d="id,created,amount,owner\n1,2026-03-01,1,a\n"))
    assert entities == {}
    assert "# d.csv is not mapped: it may be deals or" in text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("c.csv", "17;Ivanov;+7 916 000-00-01\n18;B;2\n", "values where the names of the columns"),
        ("c.csv", "", "it is empty"),
        ("c.xlsx", "no workbook", "it cannot be read as xlsx"),
        ("c.parquet", "no parquet", "it is damaged"),
        ("c.json", "[1, 2]", "it has no JSON object"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_why(tmp_path, name, content, why):
    (tmp_path / name).write_text(content)
    entities, text = proposed(tmp_path)
    assert entities == {}
    assert f"# {name} is not mapped" in text
    assert why in text
    assert "Ivanov" not in text


def test_the_columns_outweigh_a_name_that_amocrm_gives_to_deals(tmp_path):
    entities, text = proposed(write(tmp_path, **{"amocrm_export_leads_2026-11-30": AMO}))
    assert entities.keys() == {"deals"}
    assert "amoCRM calls its deals leads" in text
    leads = "ID;Дата создания;Ответственный;Телефон;Бюджет\n1;02.03.2026;Анна;+79160000001;1\n"
    (folder := tmp_path / "other").mkdir()
    assert proposed(write(folder, leads=leads))[0].keys() == {"leads"}


def test_a_name_of_a_file_is_enough_for_a_table_to_fill_in(tmp_path):
    """Nobody knows these headers, but the name says what the rows are."""
    rows = "Record,Was begun,Worth\nA,2026-03-01,100\nB,2026-03-02,200\n"
    (tmp_path / "deals.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "things.csv").write_text(rows, encoding="utf-8")
    mapped, text = proposed(tmp_path)
    assert mapped == {}
    assert "# deals.csv is taken for deals: its name says so" in text
    assert f'{FILL_IN}columns.deal_id = "Record"' in text
    assert "# things.csv is not mapped: its columns are those of no known table" in text


def test_known_words_are_no_values_and_a_row_of_totals_is_left_out(tmp_path):
    deals = AMO.replace("10:15:00;", "10:15:00;не закрыта")
    ads = DIRECT.replace("12;200,00", "--;--") + "Итого;;;2100;37;1018,40\n"
    write(tmp_path, deals=deals, Директ=ads)
    entities, text = proposed(tmp_path)
    assert entities["deals"]["null_values"] == ["не закрыта"]
    assert entities["deals"]["columns"]["closed_at"]["format"] == "%d.%m.%Y %H:%M:%S"
    found = entities["ad_stats"]
    assert (found["null_values"], found["only_if"]) == (["--"], ["№ Кампании"])
    assert found["columns"]["date"]["format"] == "%d.%m.%Y"
    assert found["columns"]["spend"] == {"column": "Расход (руб.)", "default": "0"}
    assert found["columns"]["impressions"] == "Показы"
    assert "row 5 is one of totals: rows without `№ Кампании` are left out" in text
    config = tmp_path / "voronka.toml"
    config.write_text(text)
    well = voronka_here("doctor", "--config", config, "--home", tmp_path / "home")
    assert well.status == 0, well.text
    assert "2 rows, 1 left out by the mapping" in " ".join(well.text.replace("│", " ").split())


@pytest.mark.parametrize("rows", [250, 30_000])
def test_totals_in_the_last_row_of_a_long_file_are_seen(tmp_path, rows):
    line = "01.03.2026;77;Бренд;1200;37;1018,40\n"
    head = DIRECT.partition("01.03")[0]
    write(tmp_path, Директ=head + line * rows + "Итого;;;2100;37;1018,40\n")
    entities, text = proposed(tmp_path)
    assert entities["ad_stats"]["only_if"] == ["№ Кампании"]
    where = "row 253" if rows == 250 else "one of the last rows"
    assert f"{where} is one of totals" in text


def test_headers_with_a_number_sign_and_a_source_of_leads(tmp_path):
    write(
        tmp_path,
        Заявки="№ заявки;Дата заявки;Источник трафика;Телефон\n1;02.03.2026;Яндекс;1\n"
        "2;22.03.2026;Яндекс;2\n",
        Сделки="№ сделки;№ заявки;Дата создания;Сумма сделки, руб.\n1;1;02.03.2026;10\n"
        "2;2;22.03.2026;20\n",
        **{"ВК Реклама": "Дата;№ кампании;Показы;Клики;Расход\n22.03.2026;1;1;1;1\n"},
    )
    entities, _ = proposed(tmp_path)
    assert entities["leads"]["columns"]["lead_id"] == "№ заявки"
    assert entities["leads"]["columns"]["channel"] == "Источник трафика"
    assert entities["deals"]["columns"]["deal_id"] == "№ сделки"
    assert entities["deals"]["columns"]["lead_id"] == "№ заявки"
    assert entities["ad_stats"]["columns"]["platform"] == {"constant": "vk_ads"}
    assert entities["ad_stats"]["columns"]["campaign_id"] == "№ кампании"


def test_a_plan_of_months_is_landed_whole(tmp_path):
    plan = "Менеджер;Месяц;План продаж, руб.\nАнна;01.02.2026;100 000,50\nБорис;01.03.2026;9\n"
    write(tmp_path, План=plan)
    _, text = proposed(tmp_path)
    columns = "kpi, scope_type, scope_id, period_start, period_end, value"
    assert landed(tmp_path, text, "plans", columns) == [
        ("revenue", "manager", "Анна", date(2026, 2, 1), date(2026, 2, 28), Decimal("100000.5")),
        ("revenue", "manager", "Борис", date(2026, 3, 1), date(2026, 3, 31), Decimal(9)),
    ]


def test_a_plan_whose_kpi_no_header_tells_is_for_a_person_to_decide(tmp_path):
    write(tmp_path, plans="month,plan\n2026-02-01,100\n2026-03-01,200\n")
    entities, text = proposed(tmp_path)
    assert entities == {}
    assert 'columns.scope_id = { constant = "company" }' in text
    assert 'fill in: columns.kpi = { constant = "revenue" }    # or { constant = "leads" }' in text


def test_the_doctor_names_every_value_that_a_list_lacks(tmp_path):
    rows = [f"{n};{word}\n" for n, word in enumerate(["Новая", "Оплачено", "Отказ", "Новая"])]
    write(tmp_path, Сделки="id;Этап\n" + "".join(rows))
    config = tmp_path / "voronka.toml"
    config.write_text(
        config_text(Proposal(HERE, ".", [], {}))
        + """
[sources.exports.entities.deals]
path = "Сделки.csv"
columns.deal_id = "id"
columns.created_at = { constant = "2026-03-01" }
columns.status = { column = "Этап", values = { "Оплачено" = "won" } }
"""
    )
    ill = voronka_here("doctor", "--config", config, "--home", tmp_path / "home")
    said = " ".join(ill.text.replace("│", " ").split())
    assert "value Новая: is none of the known values Оплачено; nor are Отказ" in said


def test_a_value_that_no_table_knows_is_named_by_its_row_and_never_written(tmp_path):
    rows = [f"{n};{n}.03.2026;{n + 1}.03.2026;10\n" for n in range(1, 10)]
    deals = "ID;Дата создания;Дата закрытия;Сумма\n" + "".join(rows)
    write(tmp_path, deals=deals + "\n10;10.03.2026;Tainy;11\n11;Tainy;;12\n")
    entities, text = proposed(tmp_path)
    columns = entities["deals"]["columns"]
    assert columns["created_at"] == {"column": "Дата создания", "format": "%d.%m.%Y"}
    assert "row 13 has another format: it goes to quarantine" in text
    closed = '{ column = "Дата закрытия", format = "%d.%m.%Y" }'
    assert f"# unsure: columns.closed_at = {closed}    # most first values are read so" in text
    assert "row 12 has another format: add its value to `null_values`" in text
    assert "Tainy" not in text
    assert "null_values" not in entities["deals"]


def test_an_unsure_line_is_read_as_it_is(tmp_path):
    deals = "id,created,amount,closed on day\n1,02.03.2026,1,\n2,29.03.2026,2,30.03.2026\n"
    _, text = proposed(write(tmp_path, deals=deals))
    read = tomllib.loads(text.replace("# unsure: ", ""))["sources"]["exports"]["entities"]
    assert read["deals"]["columns"]["closed_at"] == {
        "column": "closed on day",
        "format": "%d.%m.%Y",
    }


CALLS = """Дата и время;Тип;Кто звонил;Куда;Длительность;Статус
02.03.2026 10:15:07;Входящий;+7 (916) 000-00-01;101;00:02:23;Отвечен
02.03.2026 10:20:00;Исходящий;102;+7 (916) 000-00-02;00:00:00;Нет ответа
29.03.2026 10:21:00;Входящий;+7 (916) 000-00-03;102;00:00:00;Непринятый
"""


def test_calls_without_an_id_get_one_and_the_direction_says_who_is_the_client(tmp_path):
    entities, text = proposed(write(tmp_path, Звонки=CALLS))
    found = entities["calls"]
    assert (
        'md5(concat_ws(\'|\', "Дата и время", "Длительность", "Кто звонил", "Куда"))'
        in (found["query"])
    )
    columns = found["columns"]
    assert columns["result"]["values"]["Непринятый"] == "missed"
    assert [columns[one] for one in ("call_id", "client_phone", "phone_ext")] == [
        "call_id",
        "client_phone",
        "phone_ext",
    ]
    assert landed(tmp_path, text, "calls", "client_phone, phone_ext, direction") == [
        ("+7 (916) 000-00-01", "101", "in"),
        ("+7 (916) 000-00-02", "102", "out"),
        ("+7 (916) 000-00-03", "102", "in"),
    ]


def test_calls_whose_client_is_not_known_say_what_is_lost(tmp_path):
    calls = "Дата и время;Тип;Статус\n02.03.2026 10:15:07;Входящий;Занято\n"
    entities, text = proposed(write(tmp_path, Звонки=calls))
    assert entities == {}
    assert "no column is known to have the client's phone: the calls have no client" in text
    assert "a query makes one: docs/how-to/files.md#a-list-of-calls-with-durations" in text


def test_the_file_of_the_deals_is_offered_as_leads_and_managers(tmp_path):
    deals = AMO.replace("Тег", "utm_source").replace("Название сделки", "Рабочий телефон")
    entities, text = proposed(write(tmp_path, deals=deals))
    assert entities.keys() == {"deals"}
    assert "each deal as a lead: gives the channels of the deals and their calls" in text
    assert "docs/how-to/files.md#a-complete-example" in text
    start = text.index("# [sources.exports.entities.leads]")
    offered = text[:start] + text[start:].replace("# [", "[").replace("# columns", "columns")
    for key in ("path", "only_if", "distinct"):
        offered = offered.replace(f"# {key} =", f"{key} =")
    leads = landed(tmp_path, offered, "leads", "lead_id, deal_id, utm_source, phone, owner_id")
    assert leads == [
        ("1", "1", "Ромашка", "Окна", "Анна"),
        ("2", "2", "Лютик", "Двери", "Борис"),
    ]
    assert landed(tmp_path, offered, "users", "user_id, name") == [
        ("Анна", "Анна"),
        ("Борис", "Борис"),
    ]
    assert "phone_ext" not in text
    assert (
        "once `columns.phone_ext` translates the names"
        in proposed(write(tmp_path, Звонки=CALLS))[1]
    )
    users = "id,name\nАнна,Анна\n"
    listed, text = proposed(write(tmp_path, users=users))
    assert listed.keys() == {"deals", "users", "calls"}
    assert "also has users" not in text


def test_each_sheet_is_a_table(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Заметки"])
    deals = book.create_sheet("Сделки")
    deals.append(["ID", "Дата создания", "Сумма"])
    deals.append([1, "2026-03-01", 10.5])
    book.save(tmp_path / "crm.xlsx")
    entities, _ = proposed(tmp_path)
    assert entities["deals"]["sheet"] == "Сделки"
    assert entities["deals"]["columns"]["amount"] == "Сумма"


def test_files_cut_by_days_are_one_export(tmp_path):
    day = "Date,Campaign ID,Impressions,Clicks,Cost\n2026-03-01,7,10,1,5.5\n"
    names = ("google_2026-03-01", "google_2026-03-02")
    entities, _ = proposed(write(tmp_path, **dict.fromkeys(names, day)))
    assert entities["ad_stats"]["path"] == "google_*-*-*.csv"
    assert entities["ad_stats"]["later_file_wins"] == "name"


def test_no_value_of_a_file_is_written(tmp_path):
    """Every cell is a word that stands nowhere else, in every column that is known."""
    for entity in ENTITIES:
        known = tables.names(entity)
        with (tmp_path / f"{entity}.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow([names[-1] for names in known.values()])
            table.writerow([f"Tainy{place}" for place in range(len(known))])
    _, text = proposed(tmp_path)
    assert "deals" in text
    assert "Tainy" not in text


def test_only_the_head_of_a_file_is_read(tmp_path):
    """What comes after it is not even text."""
    line = "1,2026-03-01,10\n"
    rows = 300_000 // len(line)
    content = b"id,created,amount\n" + line.encode() * rows + b"\xff\x98" * 100_000
    (tmp_path / "deals.csv").write_bytes(content)
    (sample,) = samples(tmp_path / "deals.csv")
    assert len(sample.rows) == ROWS
    assert sample.reading == {}


@given(
    headers=st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=4, unique=True),
    folder=st.text(min_size=1, max_size=12),
)
def test_whatever_the_names_are_the_config_is_toml(headers, folder):
    """With quotes, line ends and control characters in the names of columns, files and folders."""
    columns = ["id", "created", *headers]
    sample = Sample(Path("deals.csv"), columns, [["1", "2026-03-01", *headers]])
    name = "".join(headers).replace("/", "") + ".csv"
    found = {"deals.csv": sample, name: f"it is {folder}"}
    text = config_text(propose(found, folder, HERE))
    exports = tomllib.loads(text)["sources"]["exports"]
    assert exports["folder"] == folder
    assert exports["entities"]["deals"]["columns"]["deal_id"] == "id"
    assert exports["entities"].keys() == {"deals"}


@pytest.mark.parametrize(
    ("values", "ways"),
    [
        (["2026-03-01", "2026-03-02 10:00"], [["iso"]]),
        (["02.03.2026", "29.03.2026 10:15"], [["%d.%m.%Y", "%d.%m.%Y %H:%M"]]),
        (["10/20/2016", "3/1/2017"], [["%m/%d/%Y"]]),
        (["3/1/2017"], [["%d/%m/%Y"], ["%m/%d/%Y"]]),
        (["1/1/2017"], [["%d/%m/%Y"]]),
        (["1772448000"], [["epoch"]]),
        (["yesterday"], []),
    ],
)
def test_ways_to_read_a_date(values, ways):
    assert reading.formats(values) == ways


@pytest.mark.parametrize(
    ("values", "styles"),
    [
        (["10", "5.25"], [(".", None)]),
        (["1 234,50 руб."], [(",", None)]),
        (["1,234.56"], [(".", ",")]),
        (["1.234"], [(".", None), (",", ".")]),
        (["0.004"], [(".", None)]),
        (["many"], []),
    ],
)
def test_ways_to_read_a_number(values, styles):
    assert reading.styles(values) == styles


def test_the_tables_know_only_columns_and_values_of_the_contract():
    for entity in ENTITIES:
        assert tables.names(entity).keys() == {one.name for one in ENTITIES[entity].columns}
    assert {*tables.values("file").values()} <= ENTITIES.keys()
    allowed = {
        "direction": ENTITIES["calls"].column("direction").allowed,
        "result": ENTITIES["calls"].column("result").allowed,
        "status": ENTITIES["deals"].column("status").allowed,
        "semantics": ENTITIES["stages"].column("semantics").allowed,
    }
    for of, values in allowed.items():
        assert {*tables.values(of).values()} == {*values}


def test_a_newcomer_gets_from_a_folder_to_a_config_that_the_doctor_passes(tmp_path):
    """And the rows that it would load are those of the files."""
    write(tmp_path, deals=AMO, Директ=DIRECT, calls=MANGO)
    config = tmp_path / "voronka.toml"
    begun = voronka_here("init", "--from", tmp_path, "--config", config, "--name", "Окна")
    assert begun.status == 0, begun.text
    assert "✓ deals.csv: deals, 6 of its 8 columns" in begun.out
    content = tomllib.loads(config.read_text())
    assert content["business"]["name"] == "Окна"
    assert (content["business"]["base_currency"], content["sources"]["exports"]["folder"]) == (
        "RUB",
        ".",
    )
    well = voronka_here("doctor", "--config", config, "--home", tmp_path / "home")
    assert well.status == 0, well.text
    for found in ("deals.csv: 2 rows", "calls.csv: 2 rows", "Директ.csv: 2 rows"):
        assert found in well.text
    again = voronka_here("init", "--from", tmp_path, "--config", config)
    assert again.status == 2
    assert "is there already: it is not overwritten" in again.text
    assert tomllib.loads(config.read_text()) == content


def test_the_doctor_names_the_lines_to_fill_in(tmp_path):
    write(tmp_path, ads="Day,Campaign,Impr.,Clicks,Cost\n8/13/26,A,10,1,5\n")
    config = tmp_path / "voronka.toml"
    begun = voronka_here("init", "--from", tmp_path, "--config", config)
    assert "· ads.csv: ad_stats, to fill in: platform" in begun.out
    ill = voronka_here("doctor", "--config", config, "--home", tmp_path / "home")
    assert ill.status == 2
    lines = config.read_text().splitlines()
    number = next(at for at, line in enumerate(lines, 1) if "columns.platform" in line)
    assert f"line {number}" in ill.text
    assert "entities` is missing: no table of this source is mapped" in " ".join(
        ill.text.replace("│", " ").split()
    )
    filled = [line.replace(FILL_IN, "") for line in lines]
    start = next(at for at, line in enumerate(lines) if "[sources.exports.entities" in line)
    kept = [*lines[:start], *(line.removeprefix("# ") for line in filled[start:])]
    config.write_text("\n".join(line for line in kept if not line.startswith(FILL_IN)))
    well = voronka_here("doctor", "--config", config, "--home", tmp_path / "home")
    assert well.status == 0, well.text
    assert "ads.csv: 1 rows" in well.text


def test_without_a_folder_it_asks(tmp_path, monkeypatch):
    answers = iter([str(write(tmp_path, deals=AMO)), "Shop", "Asia/Omsk", "RUB", "RU"])
    monkeypatch.setattr("typer.prompt", lambda text, default: next(answers))
    ended = voronka_here("init", "--config", tmp_path / "voronka.toml")
    assert ended.status == 0, ended.text
    business = tomllib.loads((tmp_path / "voronka.toml").read_text())["business"]
    assert [*business.values()] == ["Shop", "Asia/Omsk", "RUB", "RU"]


def test_without_an_answer_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ended = voronka_here("init")
    assert ended.status == 2
    assert "no answer to `Folder of the exports`" in ended.text
    assert [*tmp_path.iterdir()] == []


def test_an_empty_folder_says_where_to_go_on(tmp_path):
    _, text = proposed(tmp_path)
    assert f"{FILL_IN}no table is known yet: map one (docs/how-to/files.md)" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "nowhere"), "nowhere is not a folder"),
        (("--from", ".", "--time-zone", "Mars/Base"), "`Mars/Base` is not an IANA time zone"),
        (("--from", ".", "--currency", "money"), "base_currency"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    tmp_path, monkeypatch, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    ended = voronka_here("init", *arguments)
    assert ended.status == 2
    assert sentence in ended.text
    assert [*tmp_path.iterdir()] == []


REAL = {
    "maven_crm": {"products": 3, "deals": 8, "users": 4},
    "olist_funnel": {"leads": 4},
    "technion_calls": {},
    "kag_ads": {},
}


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data sets are not in {DATA}")
@pytest.mark.parametrize("name", REAL)
def test_real_exports(name):
    entities, text = proposed(DATA / name)
    assert {entity: len(found["columns"]) for entity, found in entities.items()} == REAL[name]
    assert ("# fill in: " in text) == (name != "maven_crm")


@pytest.mark.real
@pytest.mark.skipif(not CASES.is_dir(), reason=f"the small cases are not in {CASES}")
def test_every_small_case_is_mapped_or_named(tmp_path):
    folders = [path for path in sorted(CASES.glob("*/export")) if path.is_dir()]
    assert len(folders) > 15
    for folder in folders:
        entities, text = proposed(folder)
        assert entities or FILL_IN in text
        assert all(file.name in text or "*" in text for file in folder.iterdir())
