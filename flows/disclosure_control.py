"""Which counts are suppressed and how the others are rounded. Constants only.

`storage/anonymity/rounding.py` applies the rule; images, exports and texts describe it. The rule is NHS England's for
counts below the whole country (NHS Digital, disclosure control for Hospital Episode Statistics).
"""

# In place of a count or a value that is not shown. Disclosure plans in the database hold it too: to change it, write a
# migration.
SUPPRESSED = "*"
MAX_SUPPRESSED_COUNT = 7  # people: a count from 0 to this is suppressed
COUNT_ROUNDING_BASE = 5  # people: other counts are rounded to a multiple of this
MAX_COUNT_ROUNDING_ERROR = COUNT_ROUNDING_BASE // 2  # people: how far a rounded count is off at most
MAX_COUNT_ADJUSTMENT = COUNT_ROUNDING_BASE  # people: one count of a question may be off by up to this much more

MIN_RESPONSES_FOR_COUNTS = 50  # with fewer responses, words for shares are shown instead of counts
SHARE_MOST, SHARE_ABOUT_HALF, SHARE_SOME = "most", "about_half", "some"
MIN_HALF_SHARE, MIN_MOST_SHARE = 0.4, 0.6  # of 1
SHARE_RANGES = {  # the true shares behind each word: `SHARE_MOST` may be all, `SHARE_SOME` may be none
    SHARE_MOST: (MIN_MOST_SHARE, 1.0),
    SHARE_ABOUT_HALF: (MIN_HALF_SHARE, MIN_MOST_SHARE),
    SHARE_SOME: (0.0, MIN_HALF_SHARE),
}
