"""Land the statistics by themselves: `python -m orchestration.sources.ads.yandex_direct`."""

from orchestration.sources.alone import main

main()
