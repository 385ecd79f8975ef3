"""Datadog, live and read-only: logs, events, metrics and the state of monitors.

`guard` says which requests may leave the process, `connect` is the only home of the vendor's library, `requests` keeps
budget, deadline and retries, `items` and `names` turn the API's shapes and names into ours (a recording uses them
too), `queries` writes metric queries, and `live` is the source that is asked.
"""
