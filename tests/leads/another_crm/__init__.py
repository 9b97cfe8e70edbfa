"""LeadOps without Zoho: a second CRM behind the gateway, and the way of two leads into it."""
