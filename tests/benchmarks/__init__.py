"""Benchmarks: run by hand, never asserted on. `python -m tests.benchmarks --help`."""
