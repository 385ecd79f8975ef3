"""Labelled runs and their scores: the only room that reads a label.

Drives `agent` through its public entry; nothing in the product imports it.
"""
