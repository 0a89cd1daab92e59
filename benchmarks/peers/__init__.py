"""The same walk as other bots are written, each in its library's own form; and the floor: no library, no database.

Each reads `walk.json` (a list of places: `text`, `buttons`, `tapped`) in the folder it is run in, asks the Bot API at
API, and strips the buttons of what was answered, as ours does. The last place is answered with `end.txt`.
"""
