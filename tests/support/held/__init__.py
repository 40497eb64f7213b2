"""What all tests are held to, whatever they are about: each module looks on, and fails a test that breaks its rule."""
