"""Ad cabinets: what was shown, clicked and spent, day by day."""
