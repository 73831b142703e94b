"""Decisions per outcome and for the qualification, their evidence, and the records made of them."""
