"""Other packages, measured beside ours in an environment of their own (.venv-peers, made by `make bench`)."""
