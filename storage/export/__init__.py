"""Files of a campaign's results for coordinators ("downloads" in the chat).

`tables` builds four tables from the gateway, `codebook` describes their columns, `datapackage`, `excel` and `spss`
write them, and `writer` is the entry point.
"""
