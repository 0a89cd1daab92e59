"""How long words may be. Apart from `answers`: downloads need no spelling."""

LONGEST = 700  # characters kept of one text answer; four of them and the rest of the check page fit one message


def length(words: str) -> int:
    """Characters as Telegram counts them: in UTF-16, so that most emoji are two."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2
