"""HubSpot, whose CRM objects are of one shape: properties, their history, associations."""
