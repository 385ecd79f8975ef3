"""Prompts as Markdown files with `$holes`; no code that decides anything lives here."""
