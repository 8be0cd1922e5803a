"""The outside, one library each: files, journal, takes, media, the animatic provider, clock."""
