"""Measurements of speed. `bench/run` does all of them; each module can be run alone."""
