"""Files that were sent, to be fetched or sent again by their id."""

import io
import mimetypes
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from bot.emulator.errors import LARGEST_DOCUMENT, LARGEST_PHOTO, Json, bad_request

LARGEST_SIDES = 10_000


@dataclass(slots=True, frozen=True)
class Upload:
    """A file as it came in a multipart call."""

    name: str
    content: bytes
    content_type: str = ""


@dataclass(slots=True, frozen=True)
class Stored:
    id: str
    kind: str
    path: str
    name: str
    content: bytes
    media_type: str
    size: tuple[int, int] = (0, 0)

    def as_json(self) -> Json:
        unique = f"u{self.id}"
        return {"file_id": self.id, "file_unique_id": unique, "file_size": len(self.content), "file_path": self.path}

    def in_message(self) -> Json:
        """The part of a message that shows this file."""
        facts = {name: value for name, value in self.as_json().items() if name != "file_path"}
        if self.kind == "photo":
            return {"photo": [{**facts, "width": self.size[0], "height": self.size[1]}]}
        return {"document": {**facts, "file_name": self.name, "mime_type": self.media_type}}


class Files:
    def __init__(self) -> None:
        self.numbers = count(1)
        self.by_id: dict[str, Stored] = {}
        self.by_path: dict[str, Stored] = {}

    def store(self, kind: str, upload: Upload) -> Stored:
        if not upload.content:
            bad_request("file must be non-empty")
        if len(upload.content) > (LARGEST_PHOTO if kind == "photo" else LARGEST_DOCUMENT):
            bad_request("Request Entity Too Large")
        size = picture_size(upload.content) if kind == "photo" else (0, 0)
        number = next(self.numbers)
        name = PurePosixPath(upload.name.replace("\\", "/")).name or "file"
        media_type = mimetypes.guess_type(name)[0] or upload.content_type or "application/octet-stream"
        path = f"{kind}s/file_{number}{PurePosixPath(name).suffix}"
        return self.keep(Stored(f"preview-{kind}-{number:08}", kind, path, name, upload.content, media_type, size))

    def keep(self, stored: Stored) -> Stored:
        self.by_id[stored.id] = self.by_path[stored.path] = stored
        return stored

    def take(self, kind: str, value: object) -> Stored:
        """An upload, or the id of a file that was sent before."""
        if isinstance(value, Upload):
            return self.store(kind, value)
        if not isinstance(value, str) or not value:
            bad_request(f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            bad_request("failed to get HTTP URL content")
        if value not in self.by_id:
            bad_request("wrong file identifier/HTTP URL specified")
        stored = self.by_id[value]
        if stored.kind != kind:
            bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
        return stored

    def find(self, file_id: object) -> Stored:
        if not file_id:
            bad_request("file_id not specified")
        if str(file_id) not in self.by_id:
            bad_request("invalid file_id")
        return self.by_id[str(file_id)]


def picture_size(content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, ValueError):
        bad_request("IMAGE_PROCESS_FAILED")
    if width + height > LARGEST_SIDES or max(width, height) > 20 * min(width, height):
        bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height
