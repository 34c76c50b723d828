# What the layer deploy, the pipeline and previews need, where they find it. No secret is among them, only where secrets lie.

locals {
  parameters = {
    # For the layer deploy.
    preset                  = coalesce(var.preset, local.basic["preset"])
    target_group_arn        = aws_lb_target_group.this.arn
    target_group_arn_suffix = aws_lb_target_group.this.arn_suffix
    tasks_security_group_id = aws_security_group.tasks.id
    task_role_arn           = aws_iam_role.task.arn
    execution_role_arn      = aws_iam_role.execution.arn
    log_group_name          = aws_cloudwatch_log_group.service.name
    table_name              = aws_dynamodb_table.this.name
    downloads_bucket        = module.downloads.id
    secrets                 = jsonencode(local.secret_arns)
    rollback_alarms         = jsonencode(local.rollback)

    # For people and for the smoke test.
    base_url                   = local.base_url
    scrapers_security_group_id = aws_security_group.scrapers.id

    # For the nightly sweep: the day after which a preview may go even though its branch is there.
    expires_on = local.expires_on == null ? "never" : local.expires_on

    # For previews, and for the layer deploy of either.
    listener_arn               = local.door.listener_arn
    balancer_arn_suffix        = local.door.arn_suffix
    balancer_security_group_id = local.door.security_group_id
    domain_name                = local.has_domain ? local.door.host : "none"
  }
}

resource "aws_ssm_parameter" "this" {
  for_each = local.parameters

  name           = "/cadastre/${var.environment}/app/${each.key}"
  description    = "Written by the layer app."
  type           = "String"
  insecure_value = each.value

  # The layer deploy starts tasks with all of this; the rule makes the target group one that ECS accepts.
  depends_on = [
    aws_lb_listener_rule.this,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_secretsmanager_secret_version.random,
    aws_secretsmanager_secret_version.redis_url,
  ]
}
