"""Erasures: the transaction, the sweep after it, and the sealed receipt."""
