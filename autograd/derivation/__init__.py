"""derive: the chain rule written out, from the recorded graph, in the labels and the order of those who computed."""
