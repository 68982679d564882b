"""What runs, when and in what order: the Dagster code location and the command line."""

__version__ = "0.1.0"
CONTRACT_VERSION = "1"
