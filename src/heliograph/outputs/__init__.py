"""Who is told: each output maps quantities to its own words."""
