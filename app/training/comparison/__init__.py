"""SOLVE alone against the cocktail of SOLVE, KB and ALIGN, at a size that two processor cores can train.

`python -m app.training.comparison all` trains both recipes with several seeds, has them answer test sets that no
training saw, and writes the page of what came out. Importing this package loads neither torch nor an engine.
"""
