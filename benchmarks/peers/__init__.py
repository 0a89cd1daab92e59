"""The recorded walk as other bots: each in its library's own style, and a baseline without library and database.

Each reads `walk.json` (a list of steps with `text`, `buttons` and `tapped_labels`) and `end.txt`, the final message, in
its working directory. It calls the Bot API at the address in API, and removes the buttons of an answered prompt, as
this project's bot does.
"""
