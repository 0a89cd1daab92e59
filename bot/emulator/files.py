"""Files that were sent: stored in memory, to be downloaded or sent again by their id."""

import io
import mimetypes
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from bot.emulator.errors import MAX_DOCUMENT_BYTES, MAX_PHOTO_BYTES, Json, raise_bad_request

MAX_PHOTO_SIDES_PIXELS = 10_000  # width and height together
MAX_PHOTO_ASPECT_RATIO = 20


@dataclass(slots=True, frozen=True)
class UploadedFile:
    """A file from a multipart request."""

    name: str
    content: bytes
    content_type: str = ""


@dataclass(slots=True, frozen=True)
class StoredFile:
    """A file that the bot can refer to by its id. `kind` is "photo" or "document"."""

    id: str
    kind: str
    path: str
    name: str
    content: bytes
    media_type: str
    size_pixels: tuple[int, int] = (0, 0)

    def as_json(self) -> Json:
        unique_id = f"u{self.id}"
        return {"file_id": self.id, "file_unique_id": unique_id, "file_size": len(self.content), "file_path": self.path}

    def as_message_part(self) -> Json:
        """The fields of a message that shows this file."""
        file_fields = {name: value for name, value in self.as_json().items() if name != "file_path"}
        if self.kind == "photo":
            return {"photo": [{**file_fields, "width": self.size_pixels[0], "height": self.size_pixels[1]}]}
        return {"document": {**file_fields, "file_name": self.name, "mime_type": self.media_type}}


class FileStore:
    """All files that were sent, by id and by download path. Raises `BotApiError` where Telegram refuses a file."""

    def __init__(self) -> None:
        self.file_numbers = count(1)
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}

    def store_upload(self, kind: str, upload: UploadedFile) -> StoredFile:
        if not upload.content:
            raise_bad_request("file must be non-empty")
        if len(upload.content) > (MAX_PHOTO_BYTES if kind == "photo" else MAX_DOCUMENT_BYTES):
            raise_bad_request("Request Entity Too Large")
        size_pixels = _read_image_size(upload.content) if kind == "photo" else (0, 0)
        number = next(self.file_numbers)
        name = PurePosixPath(upload.name.replace("\\", "/")).name or "file"
        media_type = mimetypes.guess_type(name)[0] or upload.content_type or "application/octet-stream"
        path = f"{kind}s/file_{number}{PurePosixPath(name).suffix}"
        return self.add(
            StoredFile(f"preview-{kind}-{number:08}", kind, path, name, upload.content, media_type, size_pixels)
        )

    def add(self, stored_file: StoredFile) -> StoredFile:
        self.by_id[stored_file.id] = self.by_path[stored_file.path] = stored_file
        return stored_file

    def resolve(self, kind: str, value: object) -> StoredFile:
        """The file for an upload, which is stored first, or for the id of a file that was sent before."""
        if isinstance(value, UploadedFile):
            return self.store_upload(kind, value)
        if not isinstance(value, str) or not value:
            raise_bad_request(f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            raise_bad_request("failed to get HTTP URL content")
        if value not in self.by_id:
            raise_bad_request("wrong file identifier/HTTP URL specified")
        stored_file = self.by_id[value]
        if stored_file.kind != kind:
            raise_bad_request(f"can't use file of type {stored_file.kind.capitalize()} as {kind.capitalize()}")
        return stored_file

    def find(self, file_id: object) -> StoredFile:
        if not file_id:
            raise_bad_request("file_id not specified")
        if str(file_id) not in self.by_id:
            raise_bad_request("invalid file_id")
        return self.by_id[str(file_id)]


def _read_image_size(content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError):
        raise_bad_request("IMAGE_PROCESS_FAILED")
    if width + height > MAX_PHOTO_SIDES_PIXELS or max(width, height) > MAX_PHOTO_ASPECT_RATIO * min(width, height):
        raise_bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height
