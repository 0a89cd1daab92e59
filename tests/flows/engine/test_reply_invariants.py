"""Any replies in any order: taps on new, old and forged buttons, any text, edits, commands, voice notes.

After every reply:
- nothing raises, and Telegram accepts every message that follows (tests.support.screen);
- an answer changes only for the question whose newest button was tapped, for the one whose text was typed or edited, or
  where a comment is kept; it disappears only where a condition hides a choice;
- while a yes-or-no question is open beside the walk, typed text changes no answer;
- no answer holds an identifier unless the respondent chose to keep it, and they are asked only at the run's step;
- the prompt's number never decreases, and only one message at a time asks for a reply;
- what is submitted is what the latest review page showed.
From wherever that leads, help, stop, the way back to the welcome, deletion and the end can be reached.
"""

from tests.support.reply_machine import ACTIONS, ReplyMachine

ACTIONS += ["redact", "keep_original"]


TestAnyReplies = ReplyMachine.TestCase
