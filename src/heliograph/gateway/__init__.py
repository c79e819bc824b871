"""One gateway on the owner's network: its connection, its doors, what it was asked and what it answered."""
