"""Erasure: its plan, its progress and its receipt."""
