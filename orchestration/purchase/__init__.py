"""`voronka check-purchase`: follows one order through every layer of the warehouse.

`wanted` reads what a person gave; `warehouse` opens the last night read-only; `find` finds the
records of the order; each module of the path (`source`, `arrival`, `sale`, `counted`) holds steps;
`check` runs them in order and `report` prints them. A step is a function of the warehouse and the
order: a new layer, such as an entity for orders, adds a function to `check.STEPS`.
"""
