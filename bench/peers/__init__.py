"""What LeadOps is compared with: the least that could work, and the usual ways."""
