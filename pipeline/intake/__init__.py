"""Find the returns: in folders, archives, mails and office files; and get their bytes."""
