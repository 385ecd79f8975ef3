"""Other people's recordings and benchmarks as sources; nothing of their data lives here."""
