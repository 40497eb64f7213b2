"""Shared by all commands: reading arguments and reporting mistakes."""
