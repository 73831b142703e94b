"""Pages the server makes: quiet, by keyboard alone, and without a script but for the two shells."""
