preset = "small"

# The account of production, once there is one: it gets a copy of every image.
# replicate_to_account_id = "222222222222"
