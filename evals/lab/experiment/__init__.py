"""One fault on a real cluster: a baseline, the change, what it shows, the repair, and that it is repaired."""
