{# Rows of a CTE that name a lead, a deal and a customer, with is_test: whether one of them is marked
   as a test purchase, by the config or by the CRM. The model imports int_records__marked as marked_records and
   int_customers__marked as marked_customers. #}
{% macro with_test_mark(relation) %}
select
    {{ relation }}.*,
    leads.record_id is not null
    or deals.record_id is not null
    or marked_customers.customer_id is not null as is_test
from {{ relation }}
left join marked_records as leads
    on
        leads.record_type = 'lead'
        and {{ relation }}.lead_id = leads.record_id
left join marked_records as deals
    on
        deals.record_type = 'deal'
        and {{ relation }}.deal_id = deals.record_id
left join marked_customers
    on {{ relation }}.customer_id = marked_customers.customer_id
{% endmacro %}
