"""A call's arguments: JSON, a form, a multipart form or the query, as Telegram takes them."""

import json
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from bot.emulator.errors import Json, raise_bad_request
from bot.emulator.files import UploadedFile

ERROR_NAMES = {"reply_markup": "reply keyboard markup"}
FALSE_VALUES = ("", "0", "false", "no")


class Arguments(dict[str, object]):
    """Values as they came: JSON's own types, strings from forms, uploads."""

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
        """An object or a list: as itself, or written out as JSON."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise_bad_request(f"can't parse {ERROR_NAMES.get(name, name)} JSON object")

    def get_file(self, name: str) -> object:
        value = self.get(name)
        return self.get(value[9:]) if isinstance(value, str) and value.startswith("attach://") else value


async def read_arguments(request: Request) -> Arguments:
    arguments = Arguments(request.query_params) if request.scope["query_string"] else Arguments()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        async with request.form() as form:
            arguments.update(await read_multipart(form))
    elif body := await request.body():
        arguments.update(parse_json(body) if content_type.startswith("application/json") else parse_form(body))
    return arguments


def parse_form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def parse_json(body: bytes) -> Json:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise_bad_request("can't parse JSON object")
    return parsed


async def read_multipart(form: FormData) -> Json:
    return {name: await read_upload(value) for name, value in form.multi_items()}


async def read_upload(value: UploadFile | str) -> UploadedFile | str:
    if isinstance(value, str):
        return value
    return UploadedFile(value.filename or "file", await value.read(), value.content_type or "")
