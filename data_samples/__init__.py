"""Sample images, labels and the demo model package, made by our own generator."""
