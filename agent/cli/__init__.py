"""The command `faultside`: one module per group of commands, and what they share."""


def main() -> None:
    """The console script."""
    from agent.cli.app import main as command  # here, so that `evals` can start its own commands without this one

    command()
