"""The plugin in a real WordPress, with a real LeadOps behind it."""
