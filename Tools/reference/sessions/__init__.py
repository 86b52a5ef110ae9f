"""Whole sessions with evlog, made up from a seed, and compared with the reference."""
