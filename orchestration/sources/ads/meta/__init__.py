"""Meta (Facebook, Instagram): statistics by Insights of the Marketing API."""
