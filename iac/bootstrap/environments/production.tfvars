# The standard preset and traffic of some 20 requests a second; see docs/operations.md.
monthly_budget_usd = 250
with_approval      = true
