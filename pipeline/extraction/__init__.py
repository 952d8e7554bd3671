"""From a registered page to what stands in each field: dropout, locate, recognize, signature."""
