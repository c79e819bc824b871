"""The service's front: REST, events, documentation, access; and the page."""
