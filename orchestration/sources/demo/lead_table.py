"""Leads as the CRM delivers them."""

import duckdb
import numpy as np

from orchestration.sources.demo import channels, people
from orchestration.sources.demo.contacts import city, client, company, email, phone
from orchestration.sources.demo.frame import Frame, key, moment, store
from orchestration.sources.demo.leads import JUNK


def store_leads(connection: duckdb.DuckDBPyConnection, leads: Frame) -> None:
    """One row per lead. A call names its channel by the line that was dialled, most others by their
    marks; some have the channel's name ready, and some nothing at all."""
    ready = np.where(leads["by_call"], 700, channels.READY[leads["origin"]] * 1_000)
    frame = leads | {"ready": leads["luck"] < ready}
    marked = "not by_call and not ready"
    online = f"not by_call and origin <= {channels.LAST_ONLINE}"
    junk = " ".join(f"when {number} then '{name}'" for number, name in enumerate(JUNK))
    store(
        connection,
        "leads",
        frame,
        lead_id=key("L", "lead"),
        source_type=f"if(by_call, 'call', {channels.origin_case('source_type')})",
        channel=f"if(ready, {channels.origin_case('channel')}, null)",
        utm_source=f"if({marked}, {channels.origin_case('utm_source')}, null)",
        utm_medium=f"if({marked}, {channels.origin_case('utm_medium')}, null)",
        utm_campaign=f"""case
            when by_call then null
            when campaign >= 0 and luck % 50 = 0 then 'spring_sale'
            when campaign >= 0 then {channels.campaign_case("campaign_id")}
            when origin = {channels.EMAIL} then 'digest' end""",
        utm_content=f"if({marked}, {channels.part_case('group', 'luck')}, null)",
        utm_term=f"if({marked}, nullif({channels.part_case('keyword', 'luck')}, ''), null)",
        click_id="if(campaign >= 0 and not by_call and luck % 5 > 0, md5('click' || lead), null)",
        client_id=f"if({online}, {client('person')}, null)",
        referrer=f"if(by_call, null, {channels.origin_case('referrer')})",
        landing_page=f"if({online}, '/landing/' || luck % 7, null)",
        phone=phone("person", "style"),
        email=f"if(by_call or luck % 10 < 3, null, {email('person', 'style')})",
        messenger="if(origin = 5, '@client' || person, null)",
        company=f"if(segment = 1, {company('person')}, null)",
        segment="case when luck % 25 = 3 then null when segment = 1 then 'b2b' else 'b2c' end",
        country="'RU'",
        city=f"if(luck % 12 = 0, null, {city('person')})",
        contact_id=key("K", "card"),
        owner_id=people.user_id("owner"),
        status="""case when converts_at >= 0 then 'converted' when junk >= 0 then 'junk'
            when qualified_at >= 0 then 'qualified' else 'in_work' end""",
        converted_at=moment("converts_at"),
        deal_id=f"if(lead % 37 = 0, null, {key('D', 'deal')})",
        junk_reason=f"case junk {junk} end",
        is_test="test",
        updated_at=moment("greatest(created_at, qualified_at, converts_at)"),
    )
