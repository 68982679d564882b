"""Messages as mailboxes and chats deliver them, without a text."""

import duckdb
import numpy as np

from orchestration.sources.demo import people
from orchestration.sources.demo.contacts import email, phone
from orchestration.sources.demo.frame import Frame, key, labels, store
from orchestration.sources.demo.messages import CHANNELS


def store_messages(connection: duckdb.DuckDBPyConnection, messages: Frame) -> None:
    """One row per message. Most name the card they are about; some only the address or the number
    they were written to."""
    store(
        connection,
        "messages",
        messages
        | {
            "number": np.arange(len(messages["deal"])),
            "direction": labels(messages["direction"], ["in", "out", "internal"]),
            "channel": labels(messages["channel"], CHANNELS),
            "is_automatic": messages["automatic"],
        },
        message_id="format('M{:07d}', number + 1)",
        thread_id=f"if(channel = 'sms', null, {key('T', 'thread')})",
        user_id=people.user_id("owner"),
        contact_id=f"if(luck < 850, {key('K', 'card')}, null)",
        phone=f"if(channel in ('sms', 'messenger'), {phone('person', 'style')}, null)",
        email=f"if(channel = 'email', {email('person', 'style')}, null)",
        lead_id=f"if(luck < 900, {key('L', 'lead')}, null)",
        deal_id=f"if(luck < 900, {key('D', 'deal')}, null)",
    )
