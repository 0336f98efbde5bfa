"""How fast the whole is, measured on the machine at hand: ``make bench``. Figures belong in docs/benchmarks with machine and date."""
