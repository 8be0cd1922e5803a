"""`python -m runner`: the command, for whoever has the package and not the script."""

from runner.cli import main

main()
