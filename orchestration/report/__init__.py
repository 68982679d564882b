"""The report of a night: one HTML file made from the published marts alone."""
