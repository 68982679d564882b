with landed as (
    select * from {{ source('landing', 'deals') }}
),

renamed as (
    select
        source,
        -- ids
        deal_id,
        pipeline_id,
        stage_id,
        owner_id,
        contact_id,
        company_id,
        lead_id,
        -- text
        status,
        coalesce(upper(currency), '{{ var("base_currency") }}') as currency,
        lost_reason,
        product,
        -- numbers
        amount,
        cost,
        -- booleans
        coalesce(is_deleted, false) as is_deleted,
        coalesce(is_test, false) as is_test,
        -- dates and times
        created_at,
        closed_at,
        expected_close_on,
        updated_at
    from landed
)

select * from renamed
