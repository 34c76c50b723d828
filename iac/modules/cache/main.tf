# Valkey on nodes, not serverless: the service tells one start of the server from the next by its run_id, which the
# serverless kind does not show, and fences its cache by it (docs/cache.md). What is lost with a node is only speed, so there are no
# snapshots; one replica spares a cold cache when a node or a zone fails.

locals {
  user = "cadastre"
  port = 6379
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = var.name
  description          = "Cache of ${var.name}."

  engine               = "valkey"
  engine_version       = "8.0"
  node_type            = var.node_type
  port                 = local.port
  parameter_group_name = aws_elasticache_parameter_group.this.name

  num_cache_clusters         = var.replicas + 1
  automatic_failover_enabled = var.replicas > 0
  multi_az_enabled           = var.replicas > 0
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]

  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  at_rest_encryption_enabled = true
  user_group_ids             = [aws_elasticache_user_group.this.user_group_id]

  auto_minor_version_upgrade = true
  maintenance_window         = "sun:03:00-sun:04:00"
  snapshot_retention_limit   = 0
  apply_immediately          = var.apply_immediately

  log_delivery_configuration {
    log_type         = "slow-log"
    log_format       = "json"
    destination_type = "cloudwatch-logs"
    destination      = aws_cloudwatch_log_group.this.name
  }
}

# What was asked for least goes first; nothing is kept there that must not go.
resource "aws_elasticache_parameter_group" "this" {
  name        = "${var.name}-valkey8"
  family      = "valkey8"
  description = "Cache of ${var.name}: evicts by frequency."

  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lfu"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "Private subnets of ${var.name}."
  subnet_ids  = var.subnet_ids
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/${var.name}/cache"
  retention_in_days = 30
}

# --- who may come in -----------------------------------------------------------------------------------------------

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-cache-"
  description = "Cache: in from the tasks, nothing out."
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-cache" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "tasks" {
  security_group_id            = aws_security_group.this.id
  description                  = "Tasks of the service"
  referenced_security_group_id = var.tasks_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

# Two passwords are good at any time: the one in use and the one before. So raising the generation by one, applying and
# deploying changes the password without a failed connection. Letters and digits only, as it becomes part of an address.
resource "random_password" "this" {
  for_each = toset([for number in [var.password_generation - 1, var.password_generation] : tostring(number) if number > 0])

  length  = 64
  special = false
}

# Everything on data, nothing on the server itself, except INFO: that is how the service learns the run_id. A user group of
# Valkey needs no user "default", and without one nobody gets in without a name.
resource "aws_elasticache_user" "this" {
  user_id       = var.name
  user_name     = local.user
  engine        = "valkey"
  access_string = "on ~* +@all -@admin -@dangerous +info"

  authentication_mode {
    type      = "password"
    passwords = [for password in random_password.this : password.result]
  }
}

resource "aws_elasticache_user_group" "this" {
  user_group_id = var.name
  engine        = "valkey"
  user_ids      = [aws_elasticache_user.this.user_id]
}
