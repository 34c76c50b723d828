# The provider of random values is the real one: mocks know no ephemeral values, and it needs no credentials.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  # What the layer basic has left.
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "none" }
  }

  override_data {
    target = data.aws_ssm_parameter.permissions_boundary
    values = { insecure_value = "arn:aws:iam::111111111111:policy/cadastre-bootstrap/cadastre-test-boundary" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["preset"]
    values = { insecure_value = "standard" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["vpc_id"]
    values = { insecure_value = "vpc-0123456789abcdef0" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["public_subnet_ids"]
    values = { insecure_value = "subnet-0123456789abcdef0,subnet-0123456789abcdef1,subnet-0123456789abcdef2" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["private_subnet_ids"]
    values = { insecure_value = "subnet-0123456789abcdef3,subnet-0123456789abcdef4,subnet-0123456789abcdef5" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["internet"]
    values = { insecure_value = "true" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["cluster_arn"]
    values = { insecure_value = "arn:aws:ecs:eu-west-1:111111111111:cluster/cadastre-test" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["cluster_name"]
    values = { insecure_value = "cadastre-test" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["repository_arn"]
    values = { insecure_value = "arn:aws:ecr:eu-west-1:111111111111:repository/cadastre" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["preview_repository_arn"]
    values = { insecure_value = "arn:aws:ecr:eu-west-1:111111111111:repository/previews/cadastre" }
  }

  # What the layer app of the shared environment has left, for previews.
  override_data {
    target = data.aws_ssm_parameter.door
    values = { insecure_value = "door.example.com" }
  }

  override_data {
    target = data.aws_ssm_parameter.door["listener_arn"]
    values = { insecure_value = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:listener/app/cadastre-test/0123456789abcdef/0123456789abcdef" }
  }
}

variables {
  environment = "test"
  domain_name = "test.cadastre.example.com"
  alert_email = "operators@example.com"
}

run "the_table" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == local.table.partition_key.name && aws_dynamodb_table.this.range_key == local.table.sort_key.name && aws_dynamodb_table.this.ttl[0].attribute_name == local.table.time_to_live_attribute
    error_message = "The table is not as app/table.json describes it."
  }

  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.point_in_time_recovery[0].recovery_period_in_days == 35 && aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "The table cannot be brought back, or is not encrypted."
  }

  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "The table can be deleted."
  }

  assert {
    condition     = aws_dynamodb_table.this.on_demand_throughput[0].max_write_request_units == 6000
    error_message = "Nothing guards the bill."
  }
}

run "roles" {
  command = plan

  assert {
    condition     = alltrue([for role in [aws_iam_role.task, aws_iam_role.execution] : role.permissions_boundary == data.aws_ssm_parameter.permissions_boundary.insecure_value])
    error_message = "A role is not bounded."
  }

  assert {
    condition     = aws_iam_role.task.name != aws_iam_role.execution.name
    error_message = "One role does both."
  }

  assert {
    condition     = !contains(flatten([for statement in data.aws_iam_policy_document.task.statement : statement.actions]), "dynamodb:Scan")
    error_message = "A task may scan."
  }

  assert {
    condition     = anytrue([for condition in data.aws_iam_policy_document.trust.statement[0].condition : condition.variable == "aws:SourceAccount" && contains(condition.values, "111111111111")])
    error_message = "ECS of any account may act for the tasks."
  }
}

run "who_may_speak_to_whom" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.tasks : rule.cidr_ipv4 == null && rule.to_port == 3000])
    error_message = "Tasks are open to addresses, not to groups."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.cache.cidr_ipv4 == null && aws_vpc_security_group_egress_rule.cache.to_port == 6379
    error_message = "Tasks reach something else than the cache on its port."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_egress_rule.internet : rule.to_port == 443])
    error_message = "Tasks speak something else than TLS to the internet."
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.endpoints) == 0
    error_message = "There is a rule for endpoints that are not there."
  }
}

run "health_and_draining" {
  command = plan

  assert {
    condition     = aws_lb_target_group.this.deregistration_delay == "20" && aws_lb_target_group.this.slow_start == 30
    error_message = "The service counts on 20 s of draining."
  }

  assert {
    condition     = aws_lb_target_group.this.health_check[0].path == "/readyz" && aws_lb_target_group.this.health_check[0].interval == 5
    error_message = "The load balancer asks for something else than readiness."
  }

  assert {
    condition     = output.base_url == "https://test.cadastre.example.com"
    error_message = "The service has another address than it was given."
  }
}

run "alarms" {
  command = plan

  assert {
    condition     = local.rollback == tolist(["cadastre-test-failing-requests", "cadastre-test-slow-answers", "cadastre-test-unhealthy-tasks"])
    error_message = "Other alarms, or none, take a release back."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : strcontains(alarm.alarm_description, "docs/operations.md#")])
    error_message = "An alarm leads to no runbook."
  }

  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.table), "table-throttled") && contains(keys(aws_cloudwatch_metric_alarm.this), "cache-busy-002")
    error_message = "Nobody watches the table, or the replica of the cache."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.mail) == 1
    error_message = "Nobody is told."
  }
}

run "no_secret_is_kept" {
  command = plan

  assert {
    condition     = alltrue([for version in aws_secretsmanager_secret_version.random : version.secret_string == null && version.secret_string_wo_version == 1])
    error_message = "A secret is in the state."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : startswith(secret.name, "/cadastre/test/") && secret.recovery_window_in_days == 30])
    error_message = "A secret lies elsewhere, or is gone at once."
  }
}

run "a_preview" {
  command = plan

  variables {
    environment        = "p-one-1a2b"
    shared_environment = "test"
    preset             = "preview"
    domain_name        = null
    alert_email        = null
  }

  assert {
    condition     = length(module.balancer) == 0 && aws_lb_listener_rule.this.listener_arn == data.aws_ssm_parameter.door["listener_arn"].insecure_value
    error_message = "A preview has a door of its own."
  }

  assert {
    condition     = one(one(aws_lb_listener_rule.this.condition).host_header).values == toset(["p-one-1a2b.door.example.com"])
    error_message = "A preview is not told apart by its host name."
  }

  assert {
    condition     = aws_dynamodb_table.this.name == "cadastre-p-one-1a2b" && !aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "A preview uses the table of somebody else, or one that cannot go."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : startswith(secret.name, "/cadastre/p-one-1a2b/") && secret.recovery_window_in_days == 0])
    error_message = "A preview shares secrets, or leaves them behind."
  }

  assert {
    condition     = aws_iam_role.task.name == "cadastre-p-one-1a2b-task" && aws_iam_role.task.permissions_boundary == data.aws_ssm_parameter.permissions_boundary.insecure_value
    error_message = "A preview acts as somebody else, or without bounds."
  }

  assert {
    condition     = alltrue([for name, parameter in aws_ssm_parameter.this : parameter.name == "/cadastre/p-one-1a2b/app/${name}"])
    error_message = "A preview writes over the parameters of its shared environment."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) == 0 && local.expires_on != null
    error_message = "A preview has alarms, or no end."
  }
}

run "a_preview_needs_ground" {
  command = plan

  variables {
    preset = "preview"
  }

  expect_failures = [var.preset]
}

run "a_first_try_without_a_domain" {
  command = plan

  variables {
    domain_name = null
  }

  expect_failures = [check.encrypted]
}
