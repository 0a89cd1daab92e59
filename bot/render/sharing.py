"""What a coordinator shares and downloads: links, the message to pass on, pictures, posters and exports. Pure."""

import re
import unicodedata
from html import escape

from bot.graphics.drawing import ShareMaterial
from bot.graphics.poster import CampaignInvitation
from bot.render.buttons import RESULTS_LINK_PREFIX, make_chat_link, make_coordinator_button, make_group_link
from bot.render.localization import Localizer, format_date, load_bot_texts
from bot.render.messages import Alert, Button, ExportDocument, Message, PdfDocument, Photo, RenderedMessage
from flows.campaign import CampaignInfo
from flows.events import coordinator

FILE_EXTENSIONS: dict[coordinator.ExportFormat, str] = {"xlsx": "xlsx", "sav": "sav", "package": "zip"}
MAX_FILE_NAME_LENGTH = 40  # characters, without the date and the extension


def render_sharing(event: coordinator.SharingEvent, localizer: Localizer) -> RenderedMessage:
    """The message for one event about sharing or exporting a campaign."""
    match event:
        case coordinator.ShareMessageShown():
            return Message(render_share_text(event.campaign_info, localizer.bot_username, event.language))
        case coordinator.ShareMediumShown():
            return _render_share_medium(event, localizer)
        case coordinator.ShareOverviewShown():
            return _render_share_links(event.campaign_info, localizer)
        case coordinator.ShareRefused():
            text = localizer.get_text("share_refused", _subject_args(event.campaign_info, localizer))
            return Message(text, (_campaign_page_button(event.campaign_info, localizer),))
        case coordinator.ExportOffered():
            return _render_export_offer(event, localizer)
        case coordinator.ExportStarted():
            return Message(localizer.get_text("download_begun"))
        case coordinator.ExportSent():
            return _make_export_document(event, localizer)
        case coordinator.RequestRepeated():
            return Alert(localizer.get_text("given_already"))


def make_invitation(campaign_info: CampaignInfo, bot_username: str, language: str) -> CampaignInvitation:
    """The texts of a campaign's poster and picture."""
    return CampaignInvitation(
        make_chat_link(bot_username, campaign_info.code),
        campaign_info.about,
        campaign_info.asker,
        _render_dated_promise(campaign_info, language),
        campaign_info.welcome,
        language,
    )


def render_share_text(campaign_info: CampaignInfo, bot_username: str, language: str) -> str:
    """A message to pass on that asks people to answer, as HTML; it needs no other message to be understood."""
    texts = load_bot_texts(language)
    about = escape(campaign_info.about) or texts.format_text("about_anything")
    key = "pass_on_asker" if campaign_info.asker else "pass_on"
    parts = [texts.format_text(key, {"about": about, "asker": escape(campaign_info.asker)})]
    if campaign_info.welcome:
        parts.append(texts.format_text("pass_on_welcome", {"welcome": escape(campaign_info.welcome)}))
    parts.append(texts.format_text("pass_on_how"))
    if campaign_info.promise:
        promise = escape(_render_dated_promise(campaign_info, language))
        parts.append(texts.format_text("pass_on_promise", {"promise": promise}))
    return "\n\n".join([*parts, render_share_link(campaign_info, bot_username, language)])


def render_share_link(campaign_info: CampaignInfo, bot_username: str, language: str) -> str:
    """One line with the link to press."""
    link = make_chat_link(bot_username, campaign_info.code)
    return load_bot_texts(language).format_text("pass_on_link", {"link": link})


def make_file_name(about: str, campaign_code: str) -> str:
    """The name of a campaign's files: its subject in ASCII, or its code if the subject has no ASCII letters."""
    ascii_name = unicodedata.normalize("NFKD", about).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")
    if len(name) > MAX_FILE_NAME_LENGTH:
        name = name[:MAX_FILE_NAME_LENGTH].rpartition("-")[0]
    return name or campaign_code


def _render_dated_promise(campaign_info: CampaignInfo, language: str) -> str:
    """The promise, with its day if it has one."""
    day = campaign_info.promised_by
    if not (campaign_info.promise and day):
        return campaign_info.promise
    texts = load_bot_texts(language)
    return campaign_info.promise + texts.format_text("promised_by", {"date": format_date(texts, day)})


def _render_share_medium(event: coordinator.ShareMediumShown, localizer: Localizer) -> Photo | PdfDocument:
    campaign_info = event.campaign_info
    drawing = ShareMaterial(make_invitation(campaign_info, localizer.bot_username, event.language), event.medium)
    fallback = localizer.get_text(f"share_{event.medium}_undrawn")
    if event.medium == "picture":
        # The picture is passed on with its caption, because a link in a picture can't be pressed.
        return Photo(drawing, render_share_link(campaign_info, localizer.bot_username, event.language), fallback)
    caption = localizer.get_text(f"share_{event.medium}")
    if event.medium == "poster":
        file_name = f"{make_file_name(campaign_info.about, campaign_info.code)}.pdf"
        return PdfDocument(file_name, drawing, caption, fallback)
    return Photo(drawing, caption, fallback)


def _render_share_links(campaign_info: CampaignInfo, localizer: Localizer) -> Message:
    """The links that add the bot to a group and that show the results."""
    links = {
        "group": make_group_link(localizer.bot_username, campaign_info.code),
        "results": make_chat_link(localizer.bot_username, RESULTS_LINK_PREFIX + campaign_info.results_code),
    }
    text = localizer.get_text("share_told", {**_subject_args(campaign_info, localizer), **links})
    return Message(text, (_campaign_page_button(campaign_info, localizer), make_coordinator_button(localizer, "menu")))


def _render_export_offer(event: coordinator.ExportOffered, localizer: Localizer) -> Message:
    key = "download_offered" if event.formats else "download_no_release"
    text = localizer.get_text(key, _subject_args(event.campaign_info, localizer))
    format_buttons = (
        make_coordinator_button(localizer, f"menu_{export_format}", event.campaign_info.code)
        for export_format in event.formats
    )
    return Message(text, (*format_buttons, _campaign_page_button(event.campaign_info, localizer)))


def _make_export_document(event: coordinator.ExportSent, localizer: Localizer) -> ExportDocument:
    campaign_info, text_args = event.campaign_info, _subject_args(event.campaign_info, localizer)
    more_button = make_coordinator_button(localizer, "menu_download_more", campaign_info.code)
    buttons = (more_button, _campaign_page_button(campaign_info, localizer))

    def render_progress(percent: int) -> str:
        return localizer.get_text("download_progress", {"part": percent})

    def render_fallback(reason: str) -> Message:
        return Message(localizer.get_text(f"download_{reason}", {**text_args, "code": campaign_info.code}), buttons)

    name = make_file_name(campaign_info.about, campaign_info.code)
    file_name = f"{name}-{event.day.isoformat()}.{FILE_EXTENSIONS[event.format]}"
    caption = localizer.get_text(f"download_{event.format}", text_args)
    return ExportDocument(
        campaign_info.code, event.format, file_name, caption, buttons, render_progress, render_fallback
    )


def _subject_args(campaign_info: CampaignInfo, localizer: Localizer) -> dict[str, str]:
    return {"about": localizer.format_subject(campaign_info.about)}


def _campaign_page_button(campaign_info: CampaignInfo, localizer: Localizer) -> Button:
    return make_coordinator_button(localizer, "menu_back", campaign_info.code)
