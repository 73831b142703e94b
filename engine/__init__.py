"""Measurement: item response models, the adaptive test, scoring, simulation."""
