"""Corrections, merges and verifications: one transaction each."""
