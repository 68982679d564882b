"""Land the statistics by themselves: `python -m orchestration.sources.ads.meta --source NAME`."""

from orchestration.sources.alone import main

main()
