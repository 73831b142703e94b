"""The sitting: its events, its log, its clock, and the people who watch it."""
