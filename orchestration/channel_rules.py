"""The channel rules that a company adds in its config; they go before the shipped ones."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class ChannelRule(BaseModel):
    """What has all of these signs came by `channel`; a sign that is left out may be anything.

    `channel`: a channel of the list or a name of your own. `delivered_channel`: what the source
    itself calls the channel. `utm_source`, `utm_medium`: marks of a lead or touch. `source_type`:
    that of a lead, or the type of a touch. `referrer_host`: host of the referring page, without
    www. `platform`, `campaign_name`: of ad spend. `line_phone`: the company's own line that was
    dialled; a rule with it has no other sign. `*` at the end of a value takes whatever follows,
    `(none)` only what is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Text
    delivered_channel: Text | None = None
    utm_source: Text | None = None
    utm_medium: Text | None = None
    source_type: Text | None = None
    referrer_host: Text | None = None
    platform: Text | None = None
    campaign_name: Text | None = None
    line_phone: Text | None = None

    @model_validator(mode="after")
    def _has_a_sign(self) -> "ChannelRule":
        signs = self.model_fields_set - {"channel"}
        if not signs:
            known = ", ".join(name for name in type(self).model_fields if name != "channel")
            raise ValueError(f"names no signal of a channel, expected one of {known}")
        if "line_phone" in signs and len(signs) > 1:
            raise ValueError("has other signals beside `line_phone`, expected it alone")
        return self
