# Twice the small preset, with room for a few previews.
monthly_budget_usd = 100
with_previews      = true
