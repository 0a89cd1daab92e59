"""What people can send that is not words: made up, in the shape that Telegram gives it."""

from bot.preview.refusing import Json

TINY = {"file_id": "preview-thing", "file_unique_id": "preview-thing", "file_size": 1000}
THINGS: dict[str, Json] = {
    "photo": {"photo": [{**TINY, "width": 320, "height": 240}]},
    "sticker": {
        "sticker": {
            **TINY,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
    },
    "voice": {"voice": {**TINY, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**TINY, "duration": 3, "mime_type": "audio/mpeg"}},
    "video": {"video": {**TINY, "duration": 3, "width": 320, "height": 240}},
    "video_note": {"video_note": {**TINY, "duration": 3, "length": 240}},
    "animation": {"animation": {**TINY, "duration": 3, "width": 320, "height": 240}},
    "document": {"document": {**TINY, "file_name": "letter.pdf", "mime_type": "application/pdf"}},
    "location": {"location": {"latitude": 53.23, "longitude": -4.13}},
    "contact": {"contact": {"phone_number": "+441632960000", "first_name": "Sam"}},
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "poll": {
        "poll": {
            "id": "1",
            "question": "Which day?",
            "options": [
                {"text": "Monday", "voter_count": 0, "persistent_id": "1"},
                {"text": "Friday", "voter_count": 0, "persistent_id": "2"},
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    },
}
