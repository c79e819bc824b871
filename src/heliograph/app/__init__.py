"""The only place where rooms meet: settings, supervision, start and stop."""
