"""Problems that we make up: as many as wanted, the same ones for the same seed."""
