# More tasks come within a minute, fewer after five: too many for a while cost cents, too few cost requests.

locals {
  # A processor does some 1,000 creates a second, the dearest of the usual requests (docs/performance.md: 0.9 to 1.2 ms each).
  # 60 % of that, a minute, for the share of a processor that a task has. Reads are cheaper: then the CPU target leads.
  requests_per_minute = floor(local.cpu / 1024 * 36000)

  targets = {
    cpu = {
      metric = "ECSServiceAverageCPUUtilization"
      label  = null
      value  = 60
    }
    requests = {
      metric = "ALBRequestCountPerTarget"
      label  = "${local.app["balancer_arn_suffix"]}/${local.app["target_group_arn_suffix"]}"
      value  = local.requests_per_minute
    }
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${local.basic["cluster_name"]}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = local.min_tasks
  max_capacity       = local.max_tasks
}

resource "aws_appautoscaling_policy" "this" {
  for_each = local.targets

  name               = "${local.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.value
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}
