resource "aws_cloudwatch_log_group" "service" {
  name              = "/${local.name}/service"
  retention_in_days = 30
}

# What the service says of itself and no metric of AWS knows. A line is JSON; its level and message are what is counted.
locals {
  log_patterns = local.is_preview ? {} : {
    LoggedErrors = "{ $.level = \"error\" }"
    StaleAnswers = "{ $.message = \"the cache was wrong\" }"
  }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = local.log_patterns

  name           = "${local.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.service.name
  pattern        = each.value

  # No default value: the metric exists, and is paid for, only in hours in which there is something to count.
  metric_transformation {
    namespace = local.name
    name      = each.key
    value     = "1"
  }
}
