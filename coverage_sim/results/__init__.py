"""What is found: records of runs and measurements, their tables, ledger, summary and manifest."""
