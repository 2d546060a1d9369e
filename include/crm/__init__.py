"""A company's CRM: rows of SQL files become files of records for Gong, and what Gong took is remembered."""
