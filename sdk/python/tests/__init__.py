"""Tests of the client for tills in Python."""
