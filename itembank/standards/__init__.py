"""Qualification standards as trees: sets, learning outcomes, verification criteria."""
