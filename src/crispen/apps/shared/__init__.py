"""What several commands use: arguments, the terminal, and the set-up of the process."""
