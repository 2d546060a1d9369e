"""CRM records on their way into Gong: object types, the outbox's protocol, schemas, upload bodies."""
