"""Runs the whole project on one machine: `python -m include.local run` and `… up` (see the Makefile)."""
