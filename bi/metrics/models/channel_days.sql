-- One row per day, channel, platform and campaign.
select *
from {{ source('published', 'mart_channel_conversion') }}
