"""Training in compiled code: passes, norms and steps of many batches without coming back."""
