"""The pages: each reads what a service gives and shows it. No SQL, no clinical arithmetic, no thresholds here."""
