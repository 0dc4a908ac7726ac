"""Counters: stores that give out numbers, each behind the same protocol."""
