"""Every change of the tables, in order, from the first one on."""
