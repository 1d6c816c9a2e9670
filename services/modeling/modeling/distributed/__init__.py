"""Training on several devices and machines: which rows are whose, and how the processes stay in step."""
