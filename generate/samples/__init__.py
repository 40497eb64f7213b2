"""Each operation's request in the languages of integrators, and as a collection for Bruno."""
