"""Land the statistics by themselves: `python -m orchestration.sources.ads.google_ads`."""

from orchestration.sources.alone import main

main()
