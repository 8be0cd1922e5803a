"""Framechain: storyboards in, films out. The command is `framechain`; the functions behind it are in `runner.api`."""

__version__ = "0.1.0"
