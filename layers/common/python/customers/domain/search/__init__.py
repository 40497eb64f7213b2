"""Search terms, criteria and pages."""
