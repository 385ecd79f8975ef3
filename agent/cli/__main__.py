"""The console script as `python -m agent.cli`."""

from agent.cli.app import main

main()
