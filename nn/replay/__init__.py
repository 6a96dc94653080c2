"""Training by replay: the loss of one sample is recorded once, and repeated for all samples and steps."""
