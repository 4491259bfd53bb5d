"""What the literature says must come out, beside what comes out here: every table runs the engine and says whether it passes."""
