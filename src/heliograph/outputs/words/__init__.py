"""The words of the outputs, one file a language."""
