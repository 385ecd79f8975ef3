"""How sure an answer may be: labelled runs with evidence taken away, a small monotone map, and how well it holds."""
