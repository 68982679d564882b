"""Google Ads: statistics by searchStream."""
