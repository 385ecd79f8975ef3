"""The diagnosis: an incident and its evidence go in, a grounded verdict comes out.

Knows `tools` and `prompts`, never `evals`: nothing here can see a label or a score.
"""
