"""Metamorphic tests: a labelled run is changed in a way whose effect on the answer is known, and diagnosed again.

Each family is one module with `variants(base) -> Iterator[Variant]`; `families.py` lists them.
"""
