"""Reports of CallBench: tables, plots and pages."""
