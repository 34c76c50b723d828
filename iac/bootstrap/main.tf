# What has to be there before anything else: a place for states, and roles in which GitHub may act. Done once for each account by
# somebody who may do everything; after that nobody needs to.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  name    = "cadastre-${var.environment}"
  region  = data.aws_region.current.region
  account = data.aws_caller_identity.current.account_id

  # In the middle of most names that AWS gives.
  in_region = "${local.region}:${local.account}"
}

# Every state of every layer, one below the other: LAYER/ENVIRONMENT.tfstate, and beside it a lock while it is in use. What was
# overwritten can be brought back for 90 days. It cannot be destroyed while there is anything in it.
module "state" {
  source = "../modules/bucket"

  name = "cadastre-state-${local.account}-${local.region}"
}

# The layers basic and app put it on every role that they make. It is also how a layer notices that it is in a wrong account.
resource "aws_ssm_parameter" "permissions_boundary" {
  name           = "/cadastre/${var.environment}/bootstrap/permissions_boundary_arn"
  description    = "Written by the layer bootstrap."
  type           = "String"
  insecure_value = aws_iam_policy.boundary.arn
}
