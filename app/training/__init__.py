"""Training translators: recipes, the rows they are trained on, and the job itself.

Importing this package loads neither torch nor an engine; a module that needs one imports it where it is used.
"""
