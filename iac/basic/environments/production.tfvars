preset = "standard"

# The account of sandbox, where images are built and tested.
# replicate_from_account_id = "111111111111"
