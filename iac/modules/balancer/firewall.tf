# The web application firewall: 5 USD a month, 1 for each rule, 0.60 for each million requests. It keeps out what is known to be
# hostile; what a caller may do and how often is for the service to say.

locals {
  managed_rules = {
    AWSManagedRulesAmazonIpReputationList = { priority = 10, only_count = [] }
    AWSManagedRulesKnownBadInputsRuleSet  = { priority = 20, only_count = [] }
    # Uploads and records are larger than the 8 KB that this rule lets through; the service has its own limits.
    AWSManagedRulesCommonRuleSet = { priority = 30, only_count = ["SizeRestrictions_BODY"] }
  }
}

resource "aws_wafv2_web_acl" "this" {
  for_each = var.firewall ? toset(["this"]) : toset([])

  name        = var.name
  description = "In front of ${var.name}."
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.managed_rules

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value.only_count

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = true
      }
    }
  }

  # For floods only: twice what one API key may do (RATE_LIMIT_KEY, 6,000 a minute). Below it the service itself answers 429
  # and says when to come back.
  rule {
    name     = "flood"
    priority = 40

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit                 = var.requests_per_5_minutes
        evaluation_window_sec = 300
        aggregate_key_type    = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "flood"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  for_each = aws_wafv2_web_acl.this

  resource_arn = aws_lb.this.arn
  web_acl_arn  = each.value.arn
}

# WAF demands that the name begins so.
resource "aws_cloudwatch_log_group" "firewall" {
  for_each = aws_wafv2_web_acl.this

  name              = "aws-waf-logs-${var.name}"
  retention_in_days = 30
}

# Only what was blocked or counted, and nothing that lets somebody in.
resource "aws_wafv2_web_acl_logging_configuration" "this" {
  for_each = aws_wafv2_web_acl.this

  resource_arn            = each.value.arn
  log_destination_configs = [aws_cloudwatch_log_group.firewall[each.key].arn]

  redacted_fields {
    single_header {
      name = "authorization"
    }
  }

  redacted_fields {
    single_header {
      name = "cookie"
    }
  }

  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}
