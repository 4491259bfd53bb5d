"""Linear and quadratic programs for whoever needs one: HiGHS, an interior point, and answers made canonical."""
