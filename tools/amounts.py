"""Quantities of CPU and memory inside the change list's text, as people write them."""

import re

_AMOUNT = re.compile(r"'([\w./-]+)': '?([\d.]+[A-Za-z]{0,2})'?")
_AMOUNTS = re.compile(rf"\{{{_AMOUNT.pattern}(?:, {_AMOUNT.pattern})*\}}")


def amounts_in(text: str | None) -> dict[str, str]:
    """The quantities of a change of limits or requests, by resource name."""
    return dict(_AMOUNT.findall(text or ""))


def amounts_text(amounts: dict[str, str]) -> str:
    """`cpu 50m, memory 128Mi`; where all are 0, which Kubernetes reads as unlimited, that."""
    if amounts and not any(amount.strip("0.") for amount in amounts.values()):
        return "unlimited"
    return ", ".join(f"{name} {amount}" for name, amount in amounts.items())


def readable(text: str) -> str:
    """A sentence with the quantities in it as people write them."""
    return _AMOUNTS.sub(lambda match: amounts_text(amounts_in(match[0])), text)
