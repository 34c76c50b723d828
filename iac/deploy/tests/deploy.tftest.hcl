mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_data "aws_ecr_image" {
    defaults = { image_digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }
  }

  # What the other layers have left.
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "none" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["cluster_name"]
    values = { insecure_value = "cadastre-test" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["public_subnet_ids"]
    values = { insecure_value = "subnet-0123456789abcdef0,subnet-0123456789abcdef1" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["private_subnet_ids"]
    values = { insecure_value = "subnet-0123456789abcdef2,subnet-0123456789abcdef3" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["tasks_are_public"]
    values = { insecure_value = "false" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["repository_name"]
    values = { insecure_value = "cadastre" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["repository_url"]
    values = { insecure_value = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/cadastre" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["preview_repository_name"]
    values = { insecure_value = "previews/cadastre" }
  }

  override_data {
    target = data.aws_ssm_parameter.basic["preview_repository_url"]
    values = { insecure_value = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/previews/cadastre" }
  }

  override_data {
    target = data.aws_ssm_parameter.app["preset"]
    values = { insecure_value = "standard" }
  }

  override_data {
    target = data.aws_ssm_parameter.app["target_group_arn"]
    values = { insecure_value = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/cad-1/0123456789abcdef" }
  }

  override_data {
    target = data.aws_ssm_parameter.app["task_role_arn"]
    values = { insecure_value = "arn:aws:iam::111111111111:role/cadastre/cadastre-test-task" }
  }

  override_data {
    target = data.aws_ssm_parameter.app["execution_role_arn"]
    values = { insecure_value = "arn:aws:iam::111111111111:role/cadastre/cadastre-test-execution" }
  }

  override_data {
    target = data.aws_ssm_parameter.app["secrets"]
    values = { insecure_value = "{\"REDIS_URL\":\"arn:aws:secretsmanager:eu-west-1:111111111111:secret:/cadastre/test/redis-url-abcdef\"}" }
  }

  override_data {
    target = data.aws_ssm_parameter.app["rollback_alarms"]
    values = { insecure_value = "[\"cadastre-test-failing-requests\",\"cadastre-test-slow-answers\"]" }
  }
}

variables {
  environment   = "test"
  image_version = "1.4.2"
}

run "a_release" {
  command = plan

  assert {
    condition     = output.image == "111111111111.dkr.ecr.eu-west-1.amazonaws.com/cadastre@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    error_message = "The task runs something else than the image with that digest."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].enable && aws_ecs_service.this.deployment_circuit_breaker[0].rollback && aws_ecs_service.this.wait_for_steady_state
    error_message = "A release that does not start stays, and nobody hears of it."
  }

  assert {
    condition     = aws_ecs_service.this.alarms[0].rollback && toset(aws_ecs_service.this.alarms[0].alarm_names) == toset(["cadastre-test-failing-requests", "cadastre-test-slow-answers"])
    error_message = "Alarms do not take a release back."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_minimum_healthy_percent == 100 && aws_ecs_service.this.deployment_maximum_percent == 200
    error_message = "A deployment takes something away before there is something new."
  }

  assert {
    condition     = aws_ecs_service.this.network_configuration[0].assign_public_ip == false && contains(aws_ecs_service.this.network_configuration[0].subnets, "subnet-0123456789abcdef2")
    error_message = "Tasks can be reached from the internet."
  }

  assert {
    condition     = !aws_ecs_service.this.enable_execute_command
    error_message = "Somebody can open a shell in a task."
  }
}

run "the_container" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].user == "65532:65532" && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].readonlyRootFilesystem
    error_message = "The container is root, or may write into itself."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"] && jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.initProcessEnabled
    error_message = "The container keeps capabilities, or has no init."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].stopTimeout == 60
    error_message = "A task is killed before it has finished."
  }

  assert {
    condition     = alltrue([for setting in jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment : !can(regex("(SECRET|TOKEN|PASSWORD|REDIS_URL)", setting.name))])
    error_message = "A secret stands in the task definition."
  }

  assert {
    condition     = aws_ecs_task_definition.this.skip_destroy && aws_ecs_task_definition.this.runtime_platform[0].cpu_architecture == "ARM64"
    error_message = "Nothing is left to go back to, or the dearer processors are used."
  }
}

run "scaling" {
  command = plan

  assert {
    condition     = aws_appautoscaling_target.this.min_capacity == 2 && aws_appautoscaling_target.this.max_capacity == 6
    error_message = "The standard preset has two to six tasks."
  }

  assert {
    condition     = toset(keys(aws_appautoscaling_policy.this)) == toset(["cpu", "requests"])
    error_message = "The service does not grow with its load."
  }
}

run "a_preview" {
  command = plan

  variables {
    environment        = "p-one-1a2b"
    shared_environment = "test"
    preset             = "preview"
    image_version      = "0.0.0-mine"
  }

  assert {
    condition     = one(aws_ecs_service.this.capacity_provider_strategy).capacity_provider == "FARGATE_SPOT"
    error_message = "A preview runs on what costs three times as much."
  }

  assert {
    condition     = startswith(output.image, "111111111111.dkr.ecr.eu-west-1.amazonaws.com/previews/cadastre@")
    error_message = "A preview runs an image of releases."
  }

  assert {
    condition     = aws_ecs_service.this.name == "cadastre-p-one-1a2b" && aws_ecs_service.this.cluster == "cadastre-test"
    error_message = "A preview is not a service of its own in the shared cluster."
  }
}

run "no_latest" {
  command = plan

  variables {
    image_version = "latest"
  }

  expect_failures = [var.image_version]
}

run "no_secret_among_the_settings" {
  command = plan

  variables {
    settings = { CURSOR_SECRET = "sample" }
  }

  expect_failures = [var.settings]
}
