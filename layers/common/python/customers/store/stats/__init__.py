"""The Derived table: words, totals and days, and what keeps them up to date."""
