"""Land the portal by itself: `python -m orchestration.sources.crm.bitrix24 --source NAME`."""

from orchestration.sources.alone import main

main()
