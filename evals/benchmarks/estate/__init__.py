"""Believable clusters of any size, with ordinary noise and one fault or none."""
