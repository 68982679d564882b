"""Land the calls by themselves: `python -m orchestration.sources.calls.uis --source NAME`."""

from orchestration.sources.alone import main

main()
