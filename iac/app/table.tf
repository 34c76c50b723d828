# The one table, as app/table.json describes it: the service, the local set-up and this layer read the same file.

locals {
  table      = jsondecode(file("${path.module}/../../app/table.json"))
  table_name = coalesce(var.table_name, local.name)
}

resource "aws_dynamodb_table" "this" {
  name                        = local.table_name
  billing_mode                = local.table.billing_mode
  table_class                 = local.table.table_class
  hash_key                    = local.table.partition_key.name
  range_key                   = local.table.sort_key.name
  deletion_protection_enabled = local.table.deletion_protection && local.protected

  attribute {
    name = local.table.partition_key.name
    type = local.table.partition_key.type
  }

  attribute {
    name = local.table.sort_key.name
    type = local.table.sort_key.type
  }

  ttl {
    enabled        = true
    attribute_name = local.table.time_to_live_attribute
  }

  point_in_time_recovery {
    enabled                 = local.table.point_in_time_recovery_days > 0
    recovery_period_in_days = local.table.point_in_time_recovery_days
  }

  # The key that AWS keeps for this account, so each use of it is in CloudTrail. A key of one's own costs 1 USD a month.
  server_side_encryption {
    enabled = local.table.server_side_encryption
  }

  # On demand has no ceiling; this one keeps a loop in somebody's script from becoming the bill of the year.
  on_demand_throughput {
    max_read_request_units  = coalesce(var.max_read_units, local.preset.max_read_units)
    max_write_request_units = coalesce(var.max_write_units, local.preset.max_write_units)
  }
}
