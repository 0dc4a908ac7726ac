"""``uniqver doctor``: what stands in the way of a build or an upload, and what to do about it.

The edge :mod:`.gather` reads facts, the pure modules ``checks_…`` find what is wrong with them, :mod:`.checks` is
the table of them all.
"""
