# The ground that applications stand on: network, image repository, cluster. It changes seldom and is shared by the previews
# of its environment.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

# Left by the bootstrap, and only in the account that it was done in: a plan in a wrong account ends here.
data "aws_ssm_parameter" "permissions_boundary" {
  name = "/cadastre/${var.environment}/bootstrap/permissions_boundary_arn"
}

module "preset" {
  source = "../modules/preset"

  name = var.preset
}

locals {
  name   = "cadastre-${var.environment}"
  preset = module.preset.values

  nat                 = coalesce(var.nat, local.preset.nat)
  interface_endpoints = var.interface_endpoints == null ? local.preset.interface_endpoints : var.interface_endpoints
  has_endpoints       = length(local.interface_endpoints) > 0

  # Without a NAT gateway and without endpoints a task reaches its image, its secrets and its log over a public address only.
  tasks_are_public = local.nat == "none" && !local.has_endpoints
}

module "network" {
  source = "../modules/network"

  name                     = local.name
  cidr_block               = var.cidr_block
  zones                    = var.zones
  nat                      = local.nat
  interface_endpoints      = local.interface_endpoints
  flow_log_traffic         = local.preset.flow_log_traffic
  permissions_boundary_arn = data.aws_ssm_parameter.permissions_boundary.insecure_value
}
