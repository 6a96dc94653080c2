"""Why learning stopped: `diagnose` measures a network on its data and names the one change that helps first."""
