"""The budgets of the design, taken as ratios to what PostgreSQL itself can do in the same run."""
