"""The tests of LeadOps: `make test` runs all of them, `python -m tests --help` parts."""
