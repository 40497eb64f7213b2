"""What can be wrong with a journal. Its file stays untouched."""

from __future__ import annotations

from customers_till.errors import CustomersError


class JournalError(CustomersError):
    """The journal cannot be used, or what was to be written is not on the disk."""


class JournalBusy(JournalError):
    """Another process has the journal open."""


class JournalDamaged(JournalError):
    """A line in the middle of the file is not what was written. Copy the file away and report it."""


class JournalKeyError(JournalError):
    """The key does not open this journal, or it needs one, or needs none."""
