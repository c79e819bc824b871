"""The product's conscience: numbers that can be trusted, beside what the gateway said, and why they differ.

Pure: `advance(books, raw snapshot, time, settings)` gives books, a trusted snapshot, and findings opened and closed.
"""

from heliograph.ledger.bench import Settings
from heliograph.ledger.books import SCHEMA, Books, BooksError, decode, encode
from heliograph.ledger.ledger import Advance, Closed, advance

__all__ = ["SCHEMA", "Advance", "Books", "BooksError", "Closed", "Settings", "advance", "decode", "encode"]
