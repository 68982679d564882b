"""Land the calls by themselves: `python -m orchestration.sources.calls.mango --source NAME`."""

from orchestration.sources.alone import main

main()
