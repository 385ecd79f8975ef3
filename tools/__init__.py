"""Read-only questions to systems and recordings, each answered with typed evidence.

Knows no incident, no model and no verdict; each vendor library has its one module here.
"""
