output "state_bucket" {
  description = "Where the states of all layers lie."
  value       = module.state.id
}

output "permissions_boundary_arn" {
  description = "Policy that bounds every role of the other layers."
  value       = aws_iam_policy.boundary.arn
}

output "role_arns" {
  description = "Roles for GitHub, by what they do."
  value       = { for name, role in aws_iam_role.github : name => role.arn }
}

locals {
  of_account = {
    AWS_REGION     = local.region
    AWS_ACCOUNT_ID = local.account
  }
}

output "github" {
  description = "Environments that the repository needs, with their variables; github.sh makes commands of it."
  value = {
    repository = var.github_repository
    environments = merge(
      {
        "${var.environment}-plan" = {
          main_only = false
          approval  = false
          variables = merge(local.of_account, { AWS_ROLE_ARN = aws_iam_role.github["plan"].arn })
        }
        (var.environment) = {
          main_only = true
          approval  = var.with_approval
          variables = merge(local.of_account, {
            AWS_ROLE_ARN        = aws_iam_role.github["apply"].arn
            AWS_DEPLOY_ROLE_ARN = aws_iam_role.github["deploy"].arn
          })
        }
      },
      var.with_previews ? {
        preview = {
          main_only = false
          approval  = false
          variables = merge(local.of_account, { AWS_ROLE_ARN = aws_iam_role.github["preview"].arn })
        }
      } : {},
    )
  }
}
