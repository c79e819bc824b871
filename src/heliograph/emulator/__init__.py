"""A gateway that does not exist: simulated or replayed, over real HTTP, with faults by switch."""
