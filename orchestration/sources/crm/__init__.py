"""CRM systems: users, stages, deals and their history, contacts, leads."""
