"""Land the calls by themselves: `python -m orchestration.sources.calls.aircall --source NAME`."""

from orchestration.sources.alone import main

main()
