# Alarms of the same meaning as the rules of Prometheus (observability/prometheus/rules), for those who run none. Each names its
# chapter of docs/operations.md. The three in local.rollback also send a deployment back. 0.10 USD a month each; a
# preview has none.

locals {
  balanced = {
    LoadBalancer = local.door.arn_suffix
    TargetGroup  = aws_lb_target_group.this.arn_suffix
  }
  service = {
    ClusterName = local.basic["cluster_name"]
    ServiceName = local.name
  }

  # period in seconds; the alarm goes off when `of` periods hold `times` with the condition.
  service_alarms = {
    slow-answers = {
      about     = "One request in a hundred takes longer than 0.5 s", runbook = "slow-answers"
      namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", dimensions = local.balanced
      statistic = "p99", above = 0.5, period = 60, times = 3, of = 5
    }
    unhealthy-tasks = {
      about     = "Tasks fail their health check", runbook = "instances-down"
      namespace = "AWS/ApplicationELB", metric = "UnHealthyHostCount", dimensions = local.balanced
      statistic = "Maximum", above = 0, period = 60, times = 3, of = 3
    }
    door-fails = {
      about     = "The load balancer itself answers 5xx: it finds no healthy task, or none in time", runbook = "failing-requests"
      namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", dimensions = { LoadBalancer = local.door.arn_suffix }
      statistic = "Sum", above = 5, period = 60, times = 3, of = 5
    }
    processor-busy = {
      about     = "Tasks have no processor time left", runbook = "saturation"
      namespace = "AWS/ECS", metric = "CPUUtilization", dimensions = local.service
      statistic = "Average", above = 85, period = 60, times = 10, of = 10
    }
    memory-full = {
      about     = "Tasks have no memory left", runbook = "saturation"
      namespace = "AWS/ECS", metric = "MemoryUtilization", dimensions = local.service
      statistic = "Maximum", above = 85, period = 60, times = 10, of = 10
    }
    write-conflicts = {
      about     = "Clients fight for the same records", runbook = "write-conflicts"
      namespace = "AWS/DynamoDB", metric = "TransactionConflict", dimensions = { TableName = local.table_name }
      statistic = "Sum", above = 300, period = 60, times = 10, of = 15
    }
    errors-logged = {
      about     = "The service logs errors", runbook = "failing-requests"
      namespace = local.name, metric = "LoggedErrors", dimensions = {}
      statistic = "Sum", above = 5, period = 300, times = 1, of = 1
    }
    stale-answers = {
      about     = "The cache gave an answer that the table contradicts", runbook = "stale-answers"
      namespace = local.name, metric = "StaleAnswers", dimensions = {}
      statistic = "Sum", above = 0, period = 300, times = 1, of = 1
    }
  }

  # Memory is not among them: a cache that evicts by frequency is full when it is well.
  node_metrics = merge(
    {
      cache-busy  = { about = "The engine of a cache node is busy", metric = "EngineCPUUtilization", above = 80, times = 10 }
      cache-evict = { about = "The cache is too small for what is asked for", metric = "Evictions", above = 0, times = 15 }
    },
    local.preset.cache_replicas == 0 ? {} : {
      cache-lags = { about = "The replica of the cache falls behind", metric = "ReplicationLag", above = 5, times = 5 }
    },
  )

  node_alarms = merge([
    for node in module.cache.node_ids : {
      for name, row in local.node_metrics : "${name}-${substr(node, length(node) - 3, 3)}" => {
        about      = row.about
        runbook    = row.metric == "Evictions" ? "cold-cache" : "redis-lost"
        namespace  = "AWS/ElastiCache"
        metric     = row.metric
        dimensions = { CacheClusterId = node }
        statistic  = "Maximum"
        above      = row.above
        period     = 60
        times      = row.times
        of         = row.times
      }
    }
  ]...)

  alarms = local.is_preview ? {} : merge(local.service_alarms, local.node_alarms)

  # DynamoDB counts these for each operation, so they are added up over those that the service sends.
  operations = ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems"]
  table_alarms = local.is_preview ? {} : {
    table-throttled = { about = "The table throttles", metric = "ThrottledRequests", above = 0 }
    table-fails     = { about = "The table fails", metric = "SystemErrors", above = 0 }
  }

  rollback = local.is_preview ? [] : [
    aws_cloudwatch_metric_alarm.failing_requests["service"].alarm_name,
    aws_cloudwatch_metric_alarm.this["slow-answers"].alarm_name,
    aws_cloudwatch_metric_alarm.this["unhealthy-tasks"].alarm_name,
  ]

  runbooks = "docs/operations.md"
  alerted  = [for topic in aws_sns_topic.alerts : topic.arn]
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.about}. Runbook: ${local.runbooks}#${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = each.value.period
  datapoints_to_alarm = each.value.times
  evaluation_periods  = each.value.of
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alerted
  ok_actions          = local.alerted
}

# The share of failed requests, from 20 requests a minute on: one failure at night is no outage.
resource "aws_cloudwatch_metric_alarm" "failing_requests" {
  for_each = local.is_preview ? toset([]) : toset(["service"])

  alarm_name          = "${local.name}-failing-requests"
  alarm_description   = "More than 1 % of the requests fail. Runbook: ${local.runbooks}#failing-requests"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  datapoints_to_alarm = 3
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alerted
  ok_actions          = local.alerted

  metric_query {
    id          = "share"
    label       = "failed requests in percent"
    expression  = "IF(requests > 20, 100 * FILL(failures, 0) / requests, 0)"
    return_data = true
  }

  metric_query {
    id = "failures"

    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      dimensions  = local.balanced
      stat        = "Sum"
      period      = 60
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCount"
      dimensions  = local.balanced
      stat        = "Sum"
      period      = 60
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "table" {
  for_each = local.table_alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.about}. Runbook: ${local.runbooks}#table-throttled"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  datapoints_to_alarm = 2
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alerted
  ok_actions          = local.alerted

  metric_query {
    id          = "all"
    label       = each.value.metric
    expression  = "SUM(METRICS())"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.operations

    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = each.value.metric
        dimensions  = { TableName = local.table_name, Operation = metric_query.value }
        stat        = "Sum"
        period      = 60
      }
    }
  }
}
