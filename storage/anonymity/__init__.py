"""Everything that keeps people apart from their answers.

`sealing` separates a response from its run, `releases` makes responses visible in batches, `k_anonymity`, `periods` and
`rounding` decide what may be shown of them, and `gateway` is the only way to read them.
"""
