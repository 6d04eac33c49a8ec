"""Structures, models, commands and servers that several tests use."""
