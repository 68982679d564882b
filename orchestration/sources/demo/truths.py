"""What is planted in the demo company for the marts to find: constants the generator obeys.

Managers are numbers of `people.MANAGERS`, months are counted from January 2024, stages are codes of
`reference.STAGES`.
"""

# Albert closes the larger share of his deals only because most of his clients have bought before.
MIX_BETTER_OVERALL, MIX_BETTER_IN_BOTH = 0, 1
MIX_WIN_CHANCE = {MIX_BETTER_OVERALL: (0.13, 0.58), MIX_BETTER_IN_BOTH: (0.36, 0.90)}

SLOW_MANAGER = 2
SLOW_TIMES = 25

MANAGER_DIP = 3
MANAGER_DIP_MONTH = 21  # October 2025
MANAGER_DIP_KEEPS = 0.04

DEPARTMENT_DIP = "Retail sales"
DEPARTMENT_DIP_MONTH = 14  # March 2025
DEPARTMENT_DIP_KEEPS = 0.3

LEAKY_STAGE = "b2b_demo"
LEAKY_FROM_MONTH = 18  # July 2025
LEAKY_KEEPS = 0.45

DEAD_CHANNEL = "display"

JANUARY_AMOUNT = 12_000_000  # hundredths of a rouble: 120,000 RUB an order
JANUARY_TIMES = 1.3
