# Who may speak to whom: one rule for each pair, from group to group. Answers need no rule.

locals {
  service_port = 3000
}

resource "aws_security_group" "tasks" {
  name_prefix = "${local.name}-tasks-"
  description = "Tasks of the service: in from the load balancer and from scrapers, out to cache and AWS."
  vpc_id      = local.basic["vpc_id"]

  tags = { Name = "${local.name}-tasks" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "scrapers" {
  name_prefix = "${local.name}-scrapers-"
  description = "Whoever bears this group, such as a Prometheus, may read /metrics of each task."
  vpc_id      = local.basic["vpc_id"]

  tags = { Name = "${local.name}-scrapers" }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  callers = {
    balancer = { id = local.door.security_group_id, about = "load balancer" }
    scrapers = { id = aws_security_group.scrapers.id, about = "scrapers" }
  }
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  for_each = local.callers

  security_group_id            = aws_security_group.tasks.id
  description                  = "From the ${each.value.about}"
  referenced_security_group_id = each.value.id
  ip_protocol                  = "tcp"
  from_port                    = local.service_port
  to_port                      = local.service_port
}

resource "aws_vpc_security_group_egress_rule" "callers" {
  for_each = local.callers

  security_group_id            = each.value.id
  description                  = "From the ${each.value.about} to the tasks of ${var.environment}"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = local.service_port
  to_port                      = local.service_port
}

resource "aws_vpc_security_group_egress_rule" "cache" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "To the cache"
  referenced_security_group_id = module.cache.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = module.cache.port
  to_port                      = module.cache.port
}

resource "aws_vpc_security_group_egress_rule" "gateways" {
  for_each = toset(["s3", "dynamodb"])

  security_group_id = aws_security_group.tasks.id
  description       = "To ${each.key} through its gateway endpoint"
  prefix_list_id    = local.basic["${each.key}_prefix_list_id"]
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  for_each = local.has_endpoints ? toset(["tasks"]) : toset([])

  security_group_id            = aws_security_group.tasks.id
  description                  = "To AWS through interface endpoints"
  referenced_security_group_id = local.basic["endpoints_security_group_id"]
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = local.has_endpoints ? toset(["tasks"]) : toset([])

  security_group_id            = local.basic["endpoints_security_group_id"]
  description                  = "Tasks of ${var.environment}"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

# Where there are no endpoints, AWS itself is reached this way; and everywhere the key sets of foreign token issuers.
resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each = local.has_internet ? toset(["https"]) : toset([])

  security_group_id = aws_security_group.tasks.id
  description       = "To the internet over TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
