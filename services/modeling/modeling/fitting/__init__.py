"""The training loop: epochs, stopping, checkpoints, and what is settled once it ends."""
