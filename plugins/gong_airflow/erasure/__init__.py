"""A person's right to be erased: who is meant, how they are found, what Gong is asked."""
