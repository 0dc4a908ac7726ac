"""Wheels, sdists and installations: the one place that reads, normalizes and compares them.

:mod:`.distribution` is what one says about itself. :mod:`.archive` reads files from elsewhere, within limits, and
compares them. Hooks, which have just built what they look at, use :mod:`.normalization`.
"""
