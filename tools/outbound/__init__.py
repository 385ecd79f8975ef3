"""Requests to the outside: to hosts that somebody named, at public addresses, bounded, without credentials.

`guard` says which addresses may be asked, `fetch` opens the sockets.
"""
