"""A call's arguments: JSON, a form, a multipart form or the query, as Telegram takes them."""

import json
from urllib.parse import parse_qsl

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from bot.emulator.errors import Json, bad_request
from bot.emulator.files import Upload

NAMED = {"reply_markup": "reply keyboard markup"}
NO = ("", "0", "false", "no")


class Arguments(dict[str, object]):
    """Values as they came: JSON's own types, strings from forms, uploads."""

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name, default)
        return default if value is None else str(value)

    def number(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name, str(default)) or default)
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() not in NO

    def structure(self, name: str) -> object:
        """An object or a list: as itself, or written out as JSON."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return json.loads(value)
        except ValueError:
            bad_request(f"can't parse {NAMED.get(name, name)} JSON object")

    def file(self, name: str) -> object:
        value = self.get(name)
        return self.get(value[9:]) if isinstance(value, str) and value.startswith("attach://") else value


async def read_arguments(request: Request) -> Arguments:
    given = Arguments(request.query_params) if request.scope["query_string"] else Arguments()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        async with request.form() as form:
            given.update(await from_multipart(form))
    elif body := await request.body():
        given.update(from_json(body) if content_type.startswith("application/json") else from_form(body))
    return given


def from_form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def from_json(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        bad_request("can't parse JSON object")
    return found


async def from_multipart(form: FormData) -> Json:
    return {name: await as_upload(value) for name, value in form.multi_items()}


async def as_upload(value: UploadFile | str) -> Upload | str:
    if isinstance(value, str):
        return value
    return Upload(value.filename or "file", await value.read(), value.content_type or "")
