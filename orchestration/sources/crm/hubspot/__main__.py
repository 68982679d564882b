"""Land the account by itself: `python -m orchestration.sources.crm.hubspot --source NAME`."""

from orchestration.sources.alone import main

main()
