"""Everything around LeadOps breaks, and nothing is lost or doubled: `python -m tests.faults`."""
