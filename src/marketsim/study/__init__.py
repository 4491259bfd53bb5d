"""From a question to a result folder: one run, its files, and reading them back."""
