"""How often anything that modules hold was replaced, by attribute, registration or hook: whoever keeps a program of a
module looks at it again when this grew. Writes into tensors do not count."""

changes = [0]
