"""Where masts may stand: rules as data, verdicts with margins, masks; nothing of scenarios."""
