"""How what LeadOps knows is written: numbers for people, snippets for programs."""
