"""Options of a source that reads file exports."""

from typing import Literal

from orchestration.sources.base import SourceConfig


class FilesSource(SourceConfig):
    """File exports, mapped to entities."""

    type: Literal["files"]
