# What the application needs around it, and keeps when a release goes: a name, a table, a cache, secrets, roles, alarms.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  name   = "cadastre-${var.environment}"
  region = data.aws_region.current.region

  # A preview stands on the ground of another environment and behind its door; everything else is its own.
  is_preview = var.shared_environment != null
  ground     = coalesce(var.shared_environment, var.environment)

  basic   = { for name, parameter in data.aws_ssm_parameter.basic : name => parameter.insecure_value }
  preset  = module.preset.values
  account = data.aws_caller_identity.current.account_id

  protected     = var.protected == null ? local.preset.protected : var.protected
  has_internet  = tobool(local.basic["internet"])
  has_endpoints = local.basic["endpoints_security_group_id"] != "none"

  # A week after the last push. By the day, so that two pushes of one day change no tags; and not in the table of presets, because the
  # provider puts it on everything as a tag, and reading which preset it is already needs the provider.
  expires_on = local.is_preview ? formatdate("YYYY-MM-DD", timeadd(plantimestamp(), "${7 * 24}h")) : null
}

data "aws_ssm_parameter" "basic" {
  for_each = toset([
    "preset",
    "vpc_id",
    "public_subnet_ids",
    "private_subnet_ids",
    "internet",
    "endpoints_security_group_id",
    "s3_prefix_list_id",
    "dynamodb_prefix_list_id",
    "cluster_name",
    "cluster_arn",
    "repository_arn",
    "preview_repository_arn",
  ])

  name = "/cadastre/${local.ground}/basic/${each.key}"
}

data "aws_ssm_parameter" "permissions_boundary" {
  name = "/cadastre/${local.ground}/bootstrap/permissions_boundary_arn"
}

module "preset" {
  source = "../modules/preset"

  name = coalesce(var.preset, local.basic["preset"])
}
