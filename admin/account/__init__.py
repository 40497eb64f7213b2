"""What an account has and lacks, before and after a deploy."""
