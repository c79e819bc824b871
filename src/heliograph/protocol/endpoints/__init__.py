"""One file a family of answers; each turns its documents into statements and decides nothing."""
