"""The report of a calendar month, for the customer of the contract."""
