"""The JSON interface: candidate, console and service routes."""
