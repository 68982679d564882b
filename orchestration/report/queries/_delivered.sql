-- What any source delivers: a mart's 0 of what nobody delivers is unknown.
create temp table delivered as
select
    exists (from marts.fct_lead) as leads,
    exists (from marts.fct_deal) as deals,
    exists (from marts.fct_ad_spend) as ads,
    exists (from marts.fct_call) as calls,
    exists (from marts.fct_message) as messages
