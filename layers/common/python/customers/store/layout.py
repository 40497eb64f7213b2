"""The number of the rows' layout.

Raise it whenever rows that are stored already would be read wrongly, or in part, by the code as it is now: an attribute
that is renamed, one that is read and was not written before, another form of a key. The local stack keeps its state and
refuses one of another number; a real stack needs a migration then. `tests/operations/test_layout.py` fails when the
shape of a row changes and the number does not; `make layout` writes the new shapes down.
"""

LAYOUT = 18
