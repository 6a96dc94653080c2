"""draw: the graph as a picture, from what stands on its cards to SVG and DOT."""
