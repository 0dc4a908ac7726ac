"""Counters: stores that hand out numbers, each behind the same protocol."""
