# One version of the service, running. Everything it is told comes from what the other layers left in the parameter store; the
# only thing to say is which version.

data "aws_region" "current" {}

locals {
  name   = "cadastre-${var.environment}"
  region = data.aws_region.current.region
  ground = coalesce(var.shared_environment, var.environment)

  # Images of branches lie beside those of releases.
  repository = var.shared_environment == null ? "repository" : "preview_repository"

  basic  = { for name, parameter in data.aws_ssm_parameter.basic : name => parameter.insecure_value }
  app    = { for name, parameter in data.aws_ssm_parameter.app : name => parameter.insecure_value }
  preset = module.preset.values

  cpu       = coalesce(var.cpu, local.preset.cpu)
  memory    = coalesce(var.memory, local.preset.memory)
  min_tasks = coalesce(var.min_tasks, local.preset.min_tasks)
  max_tasks = coalesce(var.max_tasks, local.preset.max_tasks)
}

data "aws_ssm_parameter" "basic" {
  for_each = toset([
    "cluster_name",
    "public_subnet_ids",
    "private_subnet_ids",
    "tasks_are_public",
    "repository_name",
    "repository_url",
    "preview_repository_name",
    "preview_repository_url",
  ])

  name = "/cadastre/${local.ground}/basic/${each.key}"
}

data "aws_ssm_parameter" "app" {
  for_each = toset([
    "preset",
    "base_url",
    "target_group_arn",
    "target_group_arn_suffix",
    "balancer_arn_suffix",
    "tasks_security_group_id",
    "task_role_arn",
    "execution_role_arn",
    "log_group_name",
    "table_name",
    "downloads_bucket",
    "secrets",
    "rollback_alarms",
  ])

  name = "/cadastre/${var.environment}/app/${each.key}"
}

module "preset" {
  source = "../modules/preset"

  name = coalesce(var.preset, local.app["preset"])
}
