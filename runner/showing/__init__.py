"""Terminal, page, JSON and text: renderings of the same values."""
