"""A customer as a till sees one: profile, status, activity, badge, name."""
