# Which states a role may read and write. The lock is an object beside the state, so even a plan writes one.

locals {
  # Role: layer/environment of each state.
  states = merge(
    {
      plan   = ["basic/${var.environment}", "app/${var.environment}"]
      apply  = ["basic/${var.environment}", "app/${var.environment}"]
      deploy = ["deploy/${var.environment}"]
    },
    var.with_previews ? { preview = ["app/p-*", "deploy/p-*"] } : {},
  )
}

data "aws_iam_policy_document" "state" {
  for_each = local.states

  statement {
    sid       = "FindStates"
    actions   = ["s3:ListBucket"]
    resources = [module.state.arn]
  }

  statement {
    sid       = "ReadStates"
    actions   = ["s3:GetObject"]
    resources = [for state in each.value : "${module.state.arn}/${state}.tfstate"]
  }

  statement {
    sid       = "LockStates"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = [for state in each.value : "${module.state.arn}/${state}.tfstate.tflock"]
  }

  dynamic "statement" {
    for_each = each.key == "plan" ? [] : ["WriteStates"]

    content {
      sid       = statement.value
      actions   = ["s3:DeleteObject", "s3:PutObject"]
      resources = [for state in each.value : "${module.state.arn}/${state}.tfstate"]
    }
  }
}
