"""Land the calls by themselves: `python -m orchestration.sources.calls.twilio --source NAME`."""

from orchestration.sources.alone import main

main()
