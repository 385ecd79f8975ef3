"""The command `faultside`: one module per group of commands, and what they share (`chosen`, `asked`, `output`)."""

from agent.cli.app import main

__all__ = ["main"]
