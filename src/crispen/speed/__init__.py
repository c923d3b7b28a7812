"""How long work takes: timing, throughput, the machine it runs on."""
