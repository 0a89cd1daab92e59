"""The arguments of an API call, read from JSON, a form, a multipart form or the query string.

Telegram accepts all four encodings for every method.
"""

import json
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from bot.emulator.errors import Json, raise_bad_request
from bot.emulator.files import UploadedFile

ATTACHMENT_PREFIX = "attach://"
ERROR_NAMES = {"reply_markup": "reply keyboard markup"}  # Telegram's error texts name this argument in words
FALSE_VALUES = ("", "0", "false", "no")


class Arguments(dict[str, object]):
    """The values as they arrived: JSON types, strings from forms, and uploads."""

    def get_text(self, name: str, default: str = "") -> str:
        value = self.get(name, default)
        return default if value is None else str(value)

    def get_int(self, name: str, default: int = 0) -> int:
        try:
            return int(self.get_text(name, str(default)) or default)
        except ValueError:
            return default

    def get_bool(self, name: str) -> bool:
        return self.get_text(name).lower() not in FALSE_VALUES

    def get_json(self, name: str) -> object:
        """An object or a list; forms send it as JSON text. Raises `BotApiError` if the text is not JSON."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise_bad_request(f"can't parse {ERROR_NAMES.get(name, name)} JSON object")

    def get_file(self, name: str) -> object:
        """An upload, or a string that names a file. `attach://x` stands for the upload in the field `x`."""
        value = self.get(name)
        if isinstance(value, str) and value.startswith(ATTACHMENT_PREFIX):
            return self.get(value.removeprefix(ATTACHMENT_PREFIX))
        return value


async def read_arguments(request: Request) -> Arguments:
    """The arguments of a request; those in the body override the query string. Raises `BotApiError` for bad JSON."""
    arguments = Arguments(request.query_params) if request.scope["query_string"] else Arguments()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        async with request.form() as form:
            arguments.update(await _read_multipart(form))
    elif body := await request.body():
        arguments.update(_parse_json(body) if content_type.startswith("application/json") else _parse_form(body))
    return arguments


def _parse_form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _parse_json(body: bytes) -> Json:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise_bad_request("can't parse JSON object")
    return parsed


async def _read_multipart(form: FormData) -> Json:
    return {name: await _read_upload(value) for name, value in form.multi_items()}


async def _read_upload(value: UploadFile | str) -> UploadedFile | str:
    if isinstance(value, str):
        return value
    return UploadedFile(value.filename or "file", await value.read(), value.content_type or "")
