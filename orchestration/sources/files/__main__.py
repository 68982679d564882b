"""Land one source of files by itself: `python -m orchestration.sources.files --help`."""

from orchestration.sources.alone import main

if __name__ == "__main__":
    main()
