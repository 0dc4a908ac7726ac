"""Servers of the tests' own, loopback only."""
