"""Makes the labelled runs: `python -m evals.generator` writes every byte of `evals/runs` again.

Each sub-package is one application. It offers `runs() -> list[Run]`, `BOUNDARY` (the text of its boundary.yaml)
and `DEMO` (keys of the runs that the demo shows).
"""
