"""One company, through the APIs of three vendors and through files: the same marts, row for row."""

from contextlib import ExitStack
from datetime import date

from emulators import amocrm, uis, yandex_direct
from emulators.ads import renamed
from emulators.company import Company
from emulators.server import serve
from parity_kit import build, differences, files_of, land_files
from vendor_kit import conform_vendor, land_vendor, passing

from orchestration.home import Home
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.crm.amocrm.config import AmocrmSource

SINCE = date(2024, 1, 1)
ZONE = "Europe/Moscow"


def test_amocrm_uis_and_yandex_direct(tmp_path, vendor_models, compile_models, monkeypatch):
    monkeypatch.setenv("AMO_TOKEN", amocrm.TOKEN)
    monkeypatch.setenv("UIS_TOKEN", uis.TOKEN)
    monkeypatch.setenv("DIRECT_TOKEN", yandex_direct.TOKEN)
    models = compile_models(
        *("resource_type:model", "--exclude", "marts.quality", "staging.vendors"),
        as_of="2026-06-30",
        time_zone=ZONE,
    )
    company = Company(0.02)
    crm = amocrm
    with passing() as time, ExitStack() as stack:

        def url(service) -> str:
            return stack.enter_context(serve(service.app))

        sources = {
            "crm": AmocrmSource(
                type="amocrm",
                base_url=url(
                    amocrm.Amocrm(company, per_second=100_000, session_id=uis.session_id)
                ),
                token_env="AMO_TOKEN",
                history_from=date(2023, 12, 1),
                lead_pipelines=[amocrm.LEAD_PIPELINE],
                qualified_stages=[amocrm.QUALIFIED],
                post_won_stages=[amocrm.POST_WON],
                calls="link",
                requests_per_second=100_000,
                custom_fields={
                    entity: {column: str(number) for column, number in columns.items()}
                    for entity, columns in amocrm.FIELD_IDS.items()
                },
            ),
            "pbx": UisSource(
                type="uis",
                token_env="UIS_TOKEN",
                time_zone=uis.ZONE,
                history_from=date(2023, 12, 1),
                base_url=url(uis.Uis(company)) + "/v2.0",
            ),
            "ads": YandexDirectSource(
                type="yandex_direct",
                token_env="DIRECT_TOKEN",
                history_from=date(2024, 1, 1),
                slice_days=1000,
                base_url=url(yandex_direct.YandexDirect(company, clock=time.now)) + "/json/v501",
            ),
        }
        vendors = Home(tmp_path / "vendors")
        for name, source in sources.items():
            land_vendor(vendors, source, name)
    beside = {
        "touchpoints": [
            f"select * replace ({crm.contact_id('contact_id')} as contact_id,"
            f" {crm.lead_id('lead_id')} as lead_id) from touchpoints"
        ],
        "payments": [f"select * replace ({crm.deal_id('deal_id')} as deal_id) from payments"],
        "plans": [
            f"select * replace (if(scope_type = 'manager', {crm.user_id('scope_id')}, scope_id)"
            " as scope_id) from plans"
        ],
        "fx_rates": ["from fx_rates"],
        "ad_stats": ["from ad_stats where platform != 'yandex_direct'"],
    }
    rest = files_of(company, tmp_path / "rest", beside)
    land_files(vendors, "rest", rest, tmp_path / "rest")
    sources["rest"] = rest
    conform_vendor(vendors, {k: v for k, v in sources.items() if k != "rest"}, vendor_models).close()
    build(vendors, sources, models)

    whole = {
        **{name: [query] for name, query in crm.RENAMED.items() if name not in ("calls", "call_links")},
        "calls": [
            f"""
            with links as ({crm.call_links(uis.session_id)})
            select calls.* replace (
                {crm.user_id("calls.user_id")} as user_id,
                links.lead_id as lead_id, links.deal_id as deal_id
            )
            from ({uis.RENAMED}) as calls left join links using (session_id)
            """
        ],
        **beside,
        "ad_stats": [renamed("yandex_direct"), *beside["ad_stats"]],
    }
    files = Home(tmp_path / "files")
    source = files_of(company, tmp_path / "whole", whole)
    land_files(files, "crm", source, tmp_path / "whole")
    build(files, {"crm": source}, models)
    found = differences(vendors, files)
    for table, (one, other) in found.items():
        print(table, len(one), len(other), one[:2], other[:2])
    assert found == {}
