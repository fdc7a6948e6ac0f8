"""fixlib: the log producer and receiver that lose nothing. Its parts come with their own release."""
