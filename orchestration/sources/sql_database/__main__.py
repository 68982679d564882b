"""Land one database by itself: `python -m orchestration.sources.sql_database --help`."""

from orchestration.sources.alone import main

if __name__ == "__main__":
    main()
