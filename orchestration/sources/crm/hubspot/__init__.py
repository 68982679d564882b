"""HubSpot; its CRM objects share one structure: properties, their history, associations."""
