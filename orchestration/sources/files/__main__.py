"""Land one source of files by itself: `python -m orchestration.sources.files --help`."""

from orchestration.sources.landing import main

if __name__ == "__main__":
    main()
