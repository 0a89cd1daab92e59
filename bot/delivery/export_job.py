"""What the bot sends to the process that writes an export. Neither imports the other, with its heavy libraries."""

from dataclasses import dataclass

EXPORT_FILE_NAME = "download"


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export to write. `release_size` is the smallest number of responses that are shown together."""

    database_url: str
    secret: str | None
    release_size: int
    campaign_code: str
    export_format: str
