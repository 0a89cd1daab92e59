"""Flows: what is asked, and what follows from a reply.

Pure: it reads its own files only, and uses no clock, network, random numbers or logging.
"""
