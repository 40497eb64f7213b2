"""What each customer contributes to an enterprise's figures."""
