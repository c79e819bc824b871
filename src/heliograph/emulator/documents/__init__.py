"""The documents a gateway answers with, one family of endpoints a file; Enphase's own spelling lives here alone."""
