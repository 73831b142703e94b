"""Items in and out of the bank, one module per format."""
