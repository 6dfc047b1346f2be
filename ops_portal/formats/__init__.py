"""How dates and times are written, by language: short, with a clock of 24 hours, fit for columns."""
