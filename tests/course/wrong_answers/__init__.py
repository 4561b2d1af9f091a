"""Wrong answers: for each check of each lab, what people really write, which that check catches before any other."""
