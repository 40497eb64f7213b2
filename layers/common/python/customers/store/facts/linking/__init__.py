"""What statements about provider ids change beyond the customer whom they name."""
