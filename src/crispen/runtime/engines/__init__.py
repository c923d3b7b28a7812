"""The inference engines, and the devices that each of them can run a network on."""
