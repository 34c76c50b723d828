mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { region = "eu-west-1" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "arn:aws:iam::111111111111:policy/cadastre-bootstrap/cadastre-test-boundary" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  environment = "test"
}

run "small" {
  command = plan

  variables {
    preset = "small"
  }

  assert {
    condition     = output.nat_gateway_count == 0
    error_message = "The small preset has a NAT gateway, which costs as much as all the rest."
  }

  assert {
    condition     = output.parameters["tasks_are_public"] == "true" && output.parameters["internet"] == "true"
    error_message = "Tasks reach neither their image nor their secrets."
  }

  assert {
    condition     = output.parameters["endpoints_security_group_id"] == "none"
    error_message = "The small preset has interface endpoints."
  }

  assert {
    condition     = one(aws_ecs_cluster.this.setting).value == "disabled"
    error_message = "Container Insights cost as much as a task."
  }
}

run "standard" {
  command = plan

  variables {
    preset = "standard"
  }

  assert {
    condition     = output.nat_gateway_count == 1 && output.parameters["tasks_are_public"] == "false"
    error_message = "Tasks are not private behind one gateway."
  }
}

run "large" {
  command = plan

  variables {
    preset = "large"
  }

  assert {
    condition     = output.nat_gateway_count == 1 && output.parameters["tasks_are_public"] == "false"
    error_message = "Tasks are not private behind one gateway."
  }

  assert {
    condition     = aws_ecr_repository.this.force_delete == false
    error_message = "The images of production go with their repository."
  }
}

run "images" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.previews.image_tag_mutability == "IMMUTABLE"
    error_message = "A version can be replaced."
  }

  assert {
    condition     = aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Nobody looks into what is pushed."
  }

  assert {
    condition     = aws_ecr_repository.this.name != aws_ecr_repository.previews.name && !startswith(aws_ecr_repository.previews.name, aws_ecr_repository.this.name)
    error_message = "Images of branches would be copied to the other account."
  }

  assert {
    condition     = length(aws_ecr_replication_configuration.this) == 0 && length(aws_ecr_registry_policy.this) == 0
    error_message = "Images are copied although no account was named."
  }
}

run "images_for_another_account" {
  command = plan

  variables {
    replicate_to_account_id = "222222222222"
  }

  assert {
    condition     = aws_ecr_replication_configuration.this["222222222222"].replication_configuration[0].rule[0].destination[0].registry_id == "222222222222"
    error_message = "The other account gets no copy."
  }
}

run "every_parameter_lies_where_the_next_layer_looks" {
  command = plan

  assert {
    condition     = alltrue([for name, parameter in aws_ssm_parameter.this : parameter.name == "/cadastre/test/basic/${name}"])
    error_message = "A parameter lies elsewhere."
  }

  assert {
    condition     = contains(keys(aws_ssm_parameter.this), "repository_url") && contains(keys(aws_ssm_parameter.this), "preview_repository_url")
    error_message = "Nobody finds where images go."
  }
}

run "previews_have_no_ground_of_their_own" {
  command = plan

  variables {
    preset = "preview"
  }

  expect_failures = [var.preset]
}

run "a_strange_name_is_refused" {
  command = plan

  variables {
    environment = "Sandbox_1"
  }

  expect_failures = [var.environment]
}
