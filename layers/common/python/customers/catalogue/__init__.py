"""Every operation, declared once. Each module serves one folder of `functions/`, so a handler loads few others."""
