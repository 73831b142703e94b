"""The web application, its pages and sockets, and the command line."""

VERSION = "0.1.0"
"""The same as in pyproject.toml; a test compares."""
