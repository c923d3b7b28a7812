"""CallBench's reports: tables, plots and pages."""
