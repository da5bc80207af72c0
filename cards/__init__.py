"""What people see: pure functions from what is known to a card; one file per card."""
