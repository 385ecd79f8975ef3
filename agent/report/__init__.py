"""Forms of a diagnosis for people and programs: text, Markdown, JSON. What they print of evidence is untrusted."""
