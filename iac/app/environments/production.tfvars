# The name of the service, whose zone is in Route 53 of this account. Without it: plain HTTP.
# domain_name = "cadastre.example.com"
# zone_name   = "example.com"

# Who gets the alarms.
# alert_email = "operators@example.com"
