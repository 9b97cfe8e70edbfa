"""Sales: what became of delivered leads in the CRM, kept by lead and counted by campaign."""
