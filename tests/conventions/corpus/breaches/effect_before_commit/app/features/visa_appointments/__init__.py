"""Visa appointments: slots at consulates, and the people who have one."""
