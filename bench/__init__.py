"""Benchmarks: what is measured, how, and beside what; figures go to bench/RESULTS.md."""
