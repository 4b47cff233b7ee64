"""Where results land: the warehouse and its migrations, the writer, reconciliation, the story of a case (`docs/analysts.md`)."""
