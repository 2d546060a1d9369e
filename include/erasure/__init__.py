"""Our copies of someone who asked to be erased: what is found, removed, kept out and certified."""
