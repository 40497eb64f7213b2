"""The web pages in a real Chromium, on the local stack."""
