"""Finding a lead by what its caller says: words, a number, an address; by an index of tokens."""
