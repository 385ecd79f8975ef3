"""Measurements of speed and scale; they print figures and hold nothing to a threshold."""
