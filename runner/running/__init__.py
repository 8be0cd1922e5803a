"""One attempt from whatever state it is in; the executor; the assembly of the film."""
