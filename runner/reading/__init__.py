"""Text to storyboard, lock and manifest: YAML with positions, schema, names, templates.

Pure: files come through a port.
"""
