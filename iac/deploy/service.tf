locals {
  rollback_alarms = jsondecode(local.app["rollback_alarms"])
}

resource "aws_ecs_service" "this" {
  name            = local.name
  cluster         = local.basic["cluster_name"]
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = local.min_tasks

  # All old tasks stay until as many new ones are healthy, so a deployment takes nothing away.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 30
  availability_zone_rebalancing      = "ENABLED"

  # A release that does not start, or that makes an alarm go off, is replaced by the one before, and the apply fails.
  wait_for_steady_state = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = length(local.rollback_alarms) == 0 ? [] : [local.rollback_alarms]

    content {
      enable      = true
      rollback    = true
      alarm_names = alarms.value
    }
  }

  capacity_provider_strategy {
    capacity_provider = local.preset.spot ? "FARGATE_SPOT" : "FARGATE"
    base              = 1
    weight            = 1
  }

  network_configuration {
    subnets          = split(",", local.basic[local.tasks_are_public ? "public_subnet_ids" : "private_subnet_ids"])
    security_groups  = [local.app["tasks_security_group_id"]]
    assign_public_ip = local.tasks_are_public
  }

  load_balancer {
    target_group_arn = local.app["target_group_arn"]
    container_name   = "service"
    container_port   = local.port
  }

  # Nobody opens a shell in a task: the image has none, and its file system cannot be written.
  enable_execute_command  = false
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  timeouts {
    create = "20m"
    update = "20m"
    delete = "20m"
  }

  # How many tasks run is for the scaling below to say.
  lifecycle {
    ignore_changes = [desired_count]
  }
}

locals {
  tasks_are_public = tobool(local.basic["tasks_are_public"])
}
