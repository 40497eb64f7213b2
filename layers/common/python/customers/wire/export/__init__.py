"""Export: the answer, and the files of an export."""
