# The name of the service, whose zone is in Route 53 of this account. Without it: plain HTTP, and no previews.
# domain_name = "sandbox.cadastre.example.com"
# zone_name   = "cadastre.example.com"

# Who gets the alarms.
# alert_email = "operators@example.com"
