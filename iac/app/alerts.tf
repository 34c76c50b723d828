# Where alarms go. The topic is not encrypted: CloudWatch cannot write to one under the key that AWS keeps, a key of one's own
# costs 1 USD a month, and a message says no more than the name of an alarm.

resource "aws_sns_topic" "alerts" {
  for_each = local.is_preview ? toset([]) : toset(["own"])

  name = "${local.name}-alerts"
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = local.is_preview || var.alert_email == null ? toset([]) : toset([var.alert_email])

  topic_arn = aws_sns_topic.alerts["own"].arn
  protocol  = "email"
  endpoint  = each.key
}

data "aws_iam_policy_document" "alerts" {
  for_each = aws_sns_topic.alerts

  statement {
    sid       = "AlarmsAndEvents"
    actions   = ["sns:Publish"]
    resources = [each.value.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  for_each = aws_sns_topic.alerts

  arn    = each.value.arn
  policy = data.aws_iam_policy_document.alerts[each.key].json
}

# Two things that no metric tells: a task that ended by itself, and a deployment that ECS took back.
locals {
  all_events = {
    task-ended = {
      about = "A task of the service ended by itself or did not start."
      pattern = {
        source      = ["aws.ecs"]
        detail-type = ["ECS Task State Change"]
        detail = {
          clusterArn = [local.basic["cluster_arn"]]
          group      = ["service:${local.name}"]
          lastStatus = ["STOPPED"]
          stopCode   = ["EssentialContainerExited", "TaskFailedToStart"]
        }
      }
    }
    deployment-failed = {
      about = "A deployment failed and was taken back."
      pattern = {
        source      = ["aws.ecs"]
        detail-type = ["ECS Deployment State Change"]
        resources   = ["arn:aws:ecs:${local.region}:${local.account}:service/${local.basic["cluster_name"]}/${local.name}"]
        detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
      }
    }
  }

  events = { for name, event in local.all_events : name => event if !local.is_preview }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.events

  name          = "${local.name}-${each.key}"
  description   = each.value.about
  event_pattern = jsonencode(each.value.pattern)
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = aws_cloudwatch_event_rule.this

  rule      = each.value.name
  target_id = "alerts"
  arn       = aws_sns_topic.alerts["own"].arn
}
