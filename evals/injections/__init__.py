"""Texts that try to talk a model into something: families, languages, and the places where a system carries them."""
