"""Machines of the table language in other languages."""
