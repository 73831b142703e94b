"""Standards, items and the pools a test is drawn from."""
