"""The results file: readings, verdicts and the log of decisions; the table; the roster's coverage."""
