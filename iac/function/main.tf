# Instead of the layer deploy: the service as a function, on the table of the layer app. What it has to keep secret it makes itself
# and keeps in the table. Not beside tasks that have a cache: a function tells no cache what it has written.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

data "aws_ssm_parameter" "table_name" {
  name = "/cadastre/${var.environment}/app/table_name"
}

data "aws_ssm_parameter" "permissions_boundary" {
  name = "/cadastre/${var.environment}/bootstrap/permissions_boundary_arn"
}

locals {
  name       = "cadastre-${var.environment}"
  region     = data.aws_region.current.region
  account    = data.aws_caller_identity.current.account_id
  table_name = data.aws_ssm_parameter.table_name.insecure_value
}

module "function" {
  source = "../modules/function"

  name                     = local.name
  package                  = var.package
  table_arn                = "arn:aws:dynamodb:${local.region}:${local.account}:table/${local.table_name}"
  permissions_boundary_arn = data.aws_ssm_parameter.permissions_boundary.insecure_value

  settings = merge(
    {
      NODE_ENV       = "production"
      STORE          = "dynamodb"
      DYNAMODB_TABLE = local.table_name
      CACHE          = "off"
      ANONYMOUS_ROLE = "reader"
      JWT_AUDIENCE   = local.name
    },
    var.settings,
  )
}
