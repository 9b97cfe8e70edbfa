"""Records: written, judged, stored, read."""
