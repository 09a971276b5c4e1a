"""Charts as SVG text: pure functions, a title on each, shape or words beside every colour."""
